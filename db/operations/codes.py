"""Use cases of the code lists (R-010). They hold for the whole company."""

from dataclasses import dataclass

from core.admin.codes import CodeEntry, CodeList, check_labels, check_new_code, check_retirement, check_sort
from core.admin.permissions import Permission
from core.admin.reach import require_whole_company
from db.models import CodeItem
from db.repositories.codes import all_codes, load_code, store_code
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class AddCode:
    """A new entry of a list."""

    entry: CodeEntry


@dataclass(frozen=True, slots=True)
class RenameCode:
    """New labels and place of an entry; the code itself never changes."""

    list: CodeList
    code: str
    version: int
    label_zh: str
    label_en: str
    sort: int


@dataclass(frozen=True, slots=True)
class RetireCode:
    """Take an entry out of use."""

    list: CodeList
    code: str
    version: int


@dataclass(frozen=True, slots=True)
class LoadCodeLists:
    """The portal's own lists, as they come with it."""

    entries: tuple[CodeEntry, ...]


@operation(Permission.SETTINGS_MAKE)
def add_code(work: UnitOfWork, command: AddCode) -> None:
    """Add an entry to a list."""
    require_whole_company(actor=work.actor, permission=Permission.SETTINGS_MAKE)
    entry = check_new_code(entry=command.entry, known=all_codes(work.session, command.entry.list))
    store_code(work.session, entry)
    work.record("codes.add", _subject(entry.list, entry.code), after=_entry_facts(entry))


@operation(Permission.SETTINGS_MAKE)
def rename_code(work: UnitOfWork, command: RenameCode) -> None:
    """Give an entry other labels or another place; old records show them too."""
    item = _loaded(work, command)
    label_zh, label_en = check_labels(label_zh=command.label_zh, label_en=command.label_en)
    sort, before = check_sort(command.sort), _facts(item)
    item.label_zh, item.label_en, item.sort = label_zh, label_en, sort
    work.record("codes.rename", _subject(command.list, command.code), before=before, after=_facts(item))


@operation(Permission.SETTINGS_MAKE)
def retire_code(work: UnitOfWork, command: RetireCode) -> None:
    """Take an entry out of use; records that hold it keep it."""
    item = _loaded(work, command)
    check_retirement(code_list=command.list, code=command.code, retired=item.retired_at is not None)
    before = _facts(item)
    item.retired_at = work.now
    work.record("codes.retire", _subject(command.list, command.code), before=before, after=_facts(item))


@operation(Permission.SETTINGS_MAKE)
def load_code_lists(work: UnitOfWork, command: LoadCodeLists) -> int:
    """Add those of the portal's own entries that are not there yet, and say how many; changed ones are left alone."""
    require_whole_company(actor=work.actor, permission=Permission.SETTINGS_MAKE)
    known = {code_list: all_codes(work.session, code_list) for code_list in {e.list for e in command.entries}}
    new = [entry for entry in command.entries if entry.code not in known[entry.list]]
    for entry in new:
        store_code(work.session, entry)
    if new:
        names = [f"{entry.list.value}.{entry.code}" for entry in new]
        work.record("codes.load", ("code_lists", "all"), after={"added": names})
    return len(new)


def _loaded(work: UnitOfWork, command: RenameCode | RetireCode) -> CodeItem:
    require_whole_company(actor=work.actor, permission=Permission.SETTINGS_MAKE)
    item = load_code(work.session, command.list, command.code)
    if item is None:
        raise NotFound
    if item.version != command.version:
        raise EditConflict
    return item


def _subject(code_list: CodeList, code: str) -> tuple[str, str]:
    return "code", f"{code_list.value}.{code}"[:64]


def _entry_facts(entry: CodeEntry) -> dict[str, object]:
    return {"label_zh": entry.label_zh, "label_en": entry.label_en, "sort": entry.sort, "retired": False}


def _facts(item: CodeItem) -> dict[str, object]:
    return {
        "label_zh": item.label_zh,
        "label_en": item.label_en,
        "sort": item.sort,
        "retired": item.retired_at is not None,
    }
