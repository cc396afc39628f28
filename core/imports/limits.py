"""What a file is and whether it may be opened: name against content, sizes before parsing (F1-F5, F29; T13)."""

import stat
import unicodedata
import zipfile
import zlib
from enum import StrEnum
from io import BytesIO
from typing import Final

from core.imports.codes import FileRefused, Refusal

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_UNPACKED: Final = 50 * 1024 * 1024
MAX_RATIO: Final = 100
MAX_PARTS: Final = 100
MAX_ROWS: Final = 50_000
"""Data rows of one sheet."""

MAX_LINES: Final = MAX_ROWS + 50
"""Rows with content of one sheet: data, headings, totals and notes."""

MAX_COLUMNS: Final = 240
"""A questionnaire's items and what stands around them fit."""

MAX_CELLS: Final = MAX_LINES * 120
"""Cells a sheet may span: what parsing costs in memory, so wider sheets are shorter."""
BLANK_RUN: Final = 200
"""So many blank rows end a sheet (F6)."""

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"
_ZIPS: Final = (_ZIP, b"PK\x05\x06", b"PK\x07\x08")
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_PAGES: Final = (b"<html", b"<!doctype", b"<table", b"<?xml", b"mime-version", b"<meta", b"<head", b"<style")
_BINARY: Final = (
    b"MZ\x90",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x7fELF",
    b"{\\rtf",
)
_REMOVED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


class FileKind(StrEnum):
    """How the bytes are read."""

    TEXT = "text"
    XLSX = "xlsx"
    XLS = "xls"


def display_name(file_name: str) -> str:
    """Give the last part of an uploaded file's name as it may be shown and stored: no controls, at most 120 (F29)."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(c for c in last if unicodedata.category(c) not in _REMOVED).strip()
    return visible if len(visible) <= 120 else f"{visible[:80]}…{visible[-39:]}"


def ending_of(file_name: str) -> str:
    """Give the lower-case ending of a cleaned name, without the dot."""
    return display_name(file_name).rpartition(".")[2].strip().lower()


def kind_of(*, data: bytes, file_name: str) -> FileKind:
    """Say how to read a file, or refuse it with the advice that fits (F4, F5): its name and its content must agree."""
    if len(data) > MAX_BYTES:
        raise FileRefused(Refusal.TOO_LARGE, limit=MAX_BYTES // 1024 // 1024)
    if not data:
        raise FileRefused(Refusal.EMPTY)
    ending = ending_of(file_name)
    if ending in {"xlsm", "xltm"}:
        raise FileRefused(Refusal.MACRO_WORKBOOK)
    if ending == "xlsb":
        raise FileRefused(Refusal.BINARY_WORKBOOK)
    if ending not in {"csv", "txt", "tsv", "xlsx", "xls"}:
        raise FileRefused(Refusal.PDF if ending == "pdf" else Refusal.UNKNOWN_ENDING, ending=ending[:20])
    if data.startswith(_OLE):
        return _old_workbook(data, ending)
    if data.startswith(_ZIPS):
        return _package(data, ending)
    return _text(data, ending)


def _old_workbook(data: bytes, ending: str) -> FileKind:
    if _ENCRYPTED in data:
        raise FileRefused(Refusal.ENCRYPTED)
    if ending == "xlsx":
        raise FileRefused(Refusal.WRONG_ENDING, ending=ending, found="xls")
    if ending != "xls":
        raise FileRefused(Refusal.WORKBOOK_AS_TEXT, ending=ending)
    return FileKind.XLS


def _package(data: bytes, ending: str) -> FileKind:
    if not data.startswith(_ZIP):
        raise FileRefused(Refusal.DAMAGED)
    if ending == "xls":
        raise FileRefused(Refusal.WRONG_ENDING, ending=ending, found="xlsx")
    if ending != "xlsx":
        raise FileRefused(Refusal.WORKBOOK_AS_TEXT, ending=ending)
    return FileKind.XLSX


def _text(data: bytes, ending: str) -> FileKind:
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if data[:1024].lstrip().startswith(b"%PDF"):
        raise FileRefused(Refusal.PDF)
    if start.startswith(_PAGES):
        raise FileRefused(Refusal.PAGE_AS_WORKBOOK)
    if data.startswith(_BINARY):
        raise FileRefused(Refusal.NOT_A_TABLE)
    if ending in {"xls", "xlsx"}:
        raise FileRefused(Refusal.TEXT_AS_WORKBOOK, ending=ending)
    return FileKind.TEXT


def workbook_parts(data: bytes) -> dict[str, bytes]:
    """Unpack an .xlsx within the limits and give its XML parts by name; anything unsafe refuses the file (F1-F4).

    Sizes are checked on the directory first and again while unpacking, so a lying directory gains nothing.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            _check_directory(package.infolist(), packed=len(data))
            return {info.filename: _unpacked(package, info) for info in package.infolist() if not info.is_dir()}
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        # RuntimeError: an encrypted part; NotImplementedError: an unknown compression
        raise FileRefused(Refusal.DAMAGED) from error


def _check_directory(infos: list[zipfile.ZipInfo], *, packed: int) -> None:
    if len(infos) > MAX_PARTS:
        raise FileRefused(Refusal.TOO_MANY_PARTS, limit=MAX_PARTS)
    unpacked = sum(info.file_size for info in infos)
    if unpacked > MAX_UNPACKED or unpacked > packed * MAX_RATIO:
        raise FileRefused(Refusal.UNPACKED_TOO_LARGE, limit=MAX_UNPACKED // 1024 // 1024)
    names = [info.filename for info in infos]
    if len(set(names)) < len(names) or any(_is_unsafe(info) for info in infos):
        raise FileRefused(Refusal.UNSAFE_PART)
    lower = {name.lower() for name in names}
    if any(name.endswith("vbaproject.bin") for name in lower):
        raise FileRefused(Refusal.MACRO_WORKBOOK)
    if "xl/workbook.bin" in lower:
        raise FileRefused(Refusal.BINARY_WORKBOOK)
    if "xl/workbook.xml" not in names:
        raise FileRefused(Refusal.NOT_A_TABLE)


def _is_unsafe(info: zipfile.ZipInfo) -> bool:
    name = info.filename
    outside = name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name
    return (
        outside or stat.S_ISLNK(info.external_attr >> 16) or name.lower().endswith((".zip", ".xlsx", ".xlsm", ".jar"))
    )


def _unpacked(package: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    content = package.read(info)
    if content.startswith(_ZIP):
        raise FileRefused(Refusal.UNSAFE_PART)
    if not info.filename.lower().endswith((".xml", ".rels")):
        return b""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content:
        raise FileRefused(Refusal.DAMAGED)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise FileRefused(Refusal.ENTITIES)
    if info.filename == "[Content_Types].xml" and b"macroEnabled" in content:
        raise FileRefused(Refusal.MACRO_WORKBOOK)
    return content
