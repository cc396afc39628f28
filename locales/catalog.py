"""Keeps the catalogs complete: ``python -m locales.catalog check | update [--prune] | merge FILE.tsv …``.

The English text is the msgid. ``labels.tsv`` gives each code its English text; texts of pages are found in the
calls of ``t``, ``tn`` and ``N_``. ``zh_CN.po`` translates them all, sorted, without line numbers.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel.messages.pofile import normalize

from locales.labels import LABELS_PATH, read_labels
from locales.translator import DEFAULT_LANGUAGE, FOLDER, Key, catalog_path, read_texts

ROOT: Final = FOLDER.parent
SPOKEN_IN: Final = ("pages", "app.py", "manage.py", "db/jobs", "locales/translator.py", "locales/labels.py")
_SAYING: Final = {"t": 1, "N_": 1, "tn": 2}


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """A text that is said somewhere; ``plural`` is empty for most."""

    msgid: str
    plural: str = ""


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a catalog lacks, and what it still translates although nobody says it."""

    missing: tuple[str, ...]
    obsolete: tuple[str, ...]


def extract(root: Path = ROOT, labels_path: Path = LABELS_PATH) -> frozenset[Message]:
    """Every text that is said: in the code of the edge, and as the label of a code."""
    said = {message for path in _sources(root) for message in messages_in(path.read_text(encoding="utf-8"))}
    return frozenset(said | {Message(msgid) for msgid in read_labels(labels_path).values()})


def messages_in(source: str) -> Iterator[Message]:
    """The constant texts given to ``t``, ``tn`` and ``N_`` in a source; both sides of ``a if b else c`` count."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        count = _SAYING.get(name, 0)
        if count == 0 or len(node.args) < count:
            continue
        texts = [tuple(_constants(argument)) for argument in node.args[:count]]
        if count == 1:
            yield from (Message(text) for text in texts[0])
        elif texts[0] and texts[1]:
            yield Message(texts[0][0], texts[1][0])


def check(language: str, root: Path = ROOT, folder: Path = FOLDER) -> Gaps:
    """Compare a catalog with what is said. English needs no entry, for its text is the msgid."""
    said = {message.msgid for message in extract(root, folder / LABELS_PATH.name)}
    texts = read_texts(folder / catalog_path(language).name, language)
    missing = () if language == "en" else tuple(sorted(text for text in said if (None, text) not in texts))
    kept = _still_said(texts, said, folder)
    return Gaps(missing, tuple(sorted(key[1] for key in texts if key not in kept)))


def update(*, prune: bool = False, root: Path = ROOT, folder: Path = FOLDER) -> None:
    """Rewrite the Chinese catalog: new texts empty, translations kept; ``prune`` drops what nobody says."""
    path = folder / catalog_path(DEFAULT_LANGUAGE).name
    said = extract(root, folder / LABELS_PATH.name)
    texts = read_texts(path, DEFAULT_LANGUAGE)
    if prune:
        texts = _still_said(texts, {message.msgid for message in said}, folder)
    write_texts(path, DEFAULT_LANGUAGE, texts, said)


def merge(rows: str, *, root: Path = ROOT, folder: Path = FOLDER) -> int:
    """Take lines of code, English and Chinese (tabs between), or of English and Chinese alone, into the table and the
    catalog; gives their number.

    An English text of a code that already has another translation gets a second one with the code as its context.
    """
    labels_path, path = folder / LABELS_PATH.name, folder / catalog_path(DEFAULT_LANGUAGE).name
    labels, texts = read_labels(labels_path), read_texts(path, DEFAULT_LANGUAGE)
    lines = [line for line in rows.splitlines() if line.strip() and not line.startswith("#")]
    for line in lines:
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) not in (2, 3) or not all(cells):
            raise ValueError(f"no line of code, English and Chinese: {line!r}")
        *codes, english, chinese = cells
        if not codes:
            texts[None, english] = (chinese,)
            continue
        code = codes[0]
        labels[code] = english
        texts.pop((code, english), None)
        if texts.setdefault((None, english), (chinese,)) != (chinese,):
            texts[code, english] = (chinese,)
    labels_path.write_text("".join(f"{code}\t{labels[code]}\n" for code in sorted(labels)), encoding="utf-8")
    write_texts(path, DEFAULT_LANGUAGE, texts, extract(root, labels_path))
    return len(lines)


def write_texts(
    path: Path, language: str, texts: Mapping[Key, tuple[str, ...]], said: frozenset[Message] = frozenset()
) -> None:
    """Write a catalog sorted by text, with an empty entry for each text said but not yet translated."""
    plurals = {message.msgid: message.plural for message in said}
    keys = sorted({*texts, *((None, message.msgid) for message in said)}, key=lambda key: (key[1], key[0] or ""))
    entries = [_entry(key, plurals.get(key[1], ""), texts.get(key, ("",))) for key in keys]
    header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    if language == DEFAULT_LANGUAGE:
        header += '"Plural-Forms: nplurals=1; plural=0;\\n"\n'
    path.write_text("\n".join([header, *entries]), encoding="utf-8")


def _entry(key: Key, plural: str, forms: tuple[str, ...]) -> str:
    context, msgid = key
    lines = [f"msgctxt {_quoted(context)}"] if context is not None else []
    lines.append(f"msgid {_quoted(msgid)}")
    if plural:
        lines += [f"msgid_plural {_quoted(plural)}", f"msgstr[0] {_quoted(forms[0])}"]
    else:
        lines.append(f"msgstr {_quoted(forms[0])}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return str(normalize(text, width=0))


def _still_said(texts: Mapping[Key, tuple[str, ...]], said: set[str], folder: Path) -> dict[Key, tuple[str, ...]]:
    """The translations somebody needs: of a text that is said, or of a label under its own code."""
    table = read_labels(folder / LABELS_PATH.name)
    return {
        (context, text): forms
        for (context, text), forms in texts.items()
        if (text in said if context is None else table.get(context) == text)
    }


def _constants(argument: ast.expr) -> Iterator[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        yield argument.value
    elif isinstance(argument, ast.IfExp):
        yield from _constants(argument.body)
        yield from _constants(argument.orelse)


def _sources(root: Path) -> Iterator[Path]:
    for name in SPOKEN_IN:
        place = root / name
        yield from sorted(place.rglob("*.py")) if place.is_dir() else ([place] if place.is_file() else [])


def main(arguments: list[str]) -> int:
    """Run one command and say what it found; 1 when a translation is missing, 2 when the command is unknown."""
    match arguments:
        case ["update"] | ["update", "--prune"]:
            update(prune="--prune" in arguments)
        case ["merge", *files] if files:
            for file in files:
                sys.stdout.write(f"{file}: {merge(Path(file).read_text(encoding='utf-8-sig'))}\n")
        case ["check"]:
            pass
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    gaps = check(DEFAULT_LANGUAGE)
    for text in gaps.missing:
        sys.stdout.write(f"missing: {text}\n")
    for text in gaps.obsolete:
        sys.stdout.write(f"obsolete: {text}\n")
    return 1 if gaps.missing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
