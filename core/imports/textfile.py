"""Delimited text: encoding, delimiter, records (F12-F22). Bytes in, one sheet out."""

import codecs
import csv
import re
from collections.abc import Iterator
from typing import Final

from core.imports.codes import FileRefused, Notice, Refusal, Trouble
from core.imports.limits import BLANK_RUN, MAX_COLUMNS, MAX_LINES, MAX_ROWS
from core.imports.sheets import FileNotice, Sheet, is_blank
from core.imports.text import LONGEST_CELL, Cell, folded
from core.imports.vocabulary import HEADERS

_DELIMITERS: Final = ",\t;，"
_KNOWN: Final = frozenset(word for fields in HEADERS.values() for words in fields.values() for word in words)
_ASCII: Final = re.compile(r"[\x00-\x7f]+")
_CJK: Final = re.compile(r"[\u3001-\u3011\u4e00-\u9fff\uff01-\uff5e]+")
_UTF32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


def decoded(data: bytes) -> tuple[str, str]:
    """Give the text and the name of its encoding: byte order mark, else strict UTF-8, else strict GB18030 (F14-F18).

    A byte no encoding explains, or a character that was already lost (U+FFFD), refuses the file with its offset.
    """
    if data.startswith(_UTF32):
        raise FileRefused(Refusal.ENCODING, offset=0)
    if data.startswith(codecs.BOM_UTF8):
        return _strict(data, "utf-8")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strict(data, "utf-16")
    if data.count(0) * 4 > len(data):
        raise FileRefused(Refusal.NO_BYTE_ORDER)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as not_utf8:
        _refuse_mixed(data)
        return _strict(data, "gb18030", at_least=not_utf8.start)
    return _strict(data, "utf-8")


def _refuse_mixed(data: bytes) -> None:
    """Refuse GB18030 text with a line of UTF-8 in it, which would be read as other characters without an error.

    Four CJK characters and nothing else beyond ASCII are no coincidence.
    """
    offset = 0
    for line in data.split(b"\n"):
        if not line.isascii():
            try:
                beyond = _ASCII.sub("", line.decode("utf-8"))
            except UnicodeDecodeError:
                beyond = ""
            if len(beyond) >= 4 and _CJK.fullmatch(beyond):
                raise FileRefused(Refusal.ENCODING, offset=offset)
        offset += len(line) + 1


def _strict(data: bytes, encoding: str, *, at_least: int = 0) -> tuple[str, str]:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileRefused(Refusal.ENCODING, offset=max(error.start, at_least)) from error
    lost = text.find("\ufffd")
    if lost >= 0:
        offset = len(text[:lost].encode(encoding))
        raise FileRefused(Refusal.LOST_CHARACTER, offset=offset)
    return text, encoding


def read_text(data: bytes) -> tuple[Sheet, str]:
    """Read delimited text as one sheet, and give the encoding."""
    text, encoding = decoded(data)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    delimiter = _delimiter_of(text)
    rows: list[tuple[str, ...]] = []
    troubles: dict[int, Trouble] = {}
    kept = 0
    notices = [FileNotice(Notice.READ_AS_GB18030)] if encoding == "gb18030" else []
    for row, trouble in _records(text, delimiter):
        if trouble or not is_blank(row):
            if len(rows) - kept >= BLANK_RUN:
                notices.append(FileNotice(Notice.CUT_AFTER, {"row": kept}))
                break
            kept = len(rows) + 1
        if trouble:
            troubles[len(rows)] = trouble
        rows.append(row)
    sheet = Sheet("", tuple(rows[:kept]), delimited=True, row_troubles=troubles, notices=tuple(notices))
    _check_size(sheet.rows)
    return sheet, encoding


def _check_size(rows: tuple[tuple[Cell, ...], ...]) -> None:
    if not any(rows):
        raise FileRefused(Refusal.NO_DATA)
    if sum(1 for row in rows if row) > MAX_LINES:
        raise FileRefused(Refusal.TOO_MANY_ROWS, limit=MAX_ROWS)
    widest = max(range(len(rows)), key=lambda index: len(rows[index]))
    if len(rows[widest]) > MAX_COLUMNS:
        raise FileRefused(Refusal.TOO_MANY_COLUMNS, limit=MAX_COLUMNS, row=widest + 1)


def _records(text: str, delimiter: str) -> Iterator[tuple[tuple[str, ...], Trouble | None]]:
    """Cut text into records with the csv module, strictly; a record it cannot cut carries a trouble (F22).

    A quote that is never closed would swallow the rest of the file, so it refuses the file.
    """
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    count = 0
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "end of data" in str(error):
                raise FileRefused(Refusal.OPEN_QUOTE, row=count + 1) from error
            trouble = Trouble.TOO_LONG if "field limit" in str(error) else Trouble.BROKEN_QUOTE
            count += 1
            yield (), trouble
            continue
        count += 1
        too_long = any(len(cell) > LONGEST_CELL for cell in record)
        yield tuple(record), Trouble.TOO_LONG if too_long else None


def _lines(text: str) -> Iterator[str]:
    """Cut at line feeds only: ``splitlines`` would also cut at U+2028, form feeds and the like."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _delimiter_of(text: str) -> str:
    """Choose the delimiter that shows most known headings in the first ten lines, then most cells (F21)."""
    lines = [line for _, line in zip(range(10), _lines(text), strict=False)]

    def score(delimiter: str) -> tuple[int, int]:
        cells = [[folded(cell.strip('" \n')) for cell in line[:20_000].split(delimiter)] for line in lines]
        return max(sum(cell in _KNOWN for cell in row) for row in cells), max(map(len, cells))

    return max(_DELIMITERS, key=score) if lines else ","
