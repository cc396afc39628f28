"""What the company calls its codes (R-010), in the person's language."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.admin.codes import CodeList
from db.queries.codes import CodesWanted, codes_of
from pages._shell.page import Page


@dataclass(frozen=True, slots=True)
class CodeWords:
    """What the company calls its codes, in the person's language; a code nobody knows is shown as it is."""

    words: Mapping[tuple[CodeList, str], str]
    in_use: Mapping[CodeList, tuple[str, ...]]

    def say(self, code_list: CodeList, code: str) -> str:
        """What a code of a list is called."""
        return self.words.get((code_list, code), code)

    def options(self, code_list: CodeList) -> dict[str, str]:
        """The codes in use with their names, in their order."""
        return {code: self.say(code_list, code) for code in self.in_use.get(code_list, ())}


def code_words(page: Page, *lists: CodeList) -> CodeWords:
    """Read the words of some code lists, retired codes too."""
    rows = page.read(codes_of, CodesWanted(lists, with_retired=True))
    words = {(row.list, row.code): row.label(page.words.language) for row in rows}
    in_use = {name: tuple(r.code for r in rows if r.list is name and r.retired_at is None) for name in lists}
    return CodeWords(words, in_use)
