"""From the bytes of an uploaded file to sheets of cells, within the limits (R-012; T13). Never guesses, never runs."""

from hashlib import sha256

from core.imports.codes import FileRefused, Notice, Refusal
from core.imports.limits import FileKind, display_name, kind_of
from core.imports.sheets import FileNotice, Sheet, Workbook, is_blank
from core.imports.spreadsheet import read_xls, read_xlsx
from core.imports.textfile import read_text


def read_workbook(*, data: bytes, file_name: str) -> Workbook:
    """Read an uploaded file, or raise ``FileRefused`` with the reason.

    Text files (.csv, .txt, .tsv) give one sheet of texts, spreadsheets (.xlsx, .xls) every sheet with typed cells.
    The name serves for its ending only and is never a path.
    """
    kind = kind_of(data=data, file_name=file_name)
    encoding = ""
    sheets: tuple[Sheet, ...]
    notices: tuple[FileNotice, ...] = ()
    if kind is FileKind.TEXT:
        sheet, encoding = read_text(data)
        sheets = (sheet,)
    else:
        sheets, notices = read_xlsx(data) if kind is FileKind.XLSX else read_xls(data)
    if all(is_blank(row) for sheet in sheets for row in sheet.rows):
        raise FileRefused(Refusal.NO_DATA)
    return Workbook(
        kind=kind,
        file_name=display_name(file_name),
        sha256=sha256(data).hexdigest(),
        sheets=sheets,
        encoding=encoding,
        notices=notices + _sheet_notices(sheets),
    )


def _sheet_notices(sheets: tuple[Sheet, ...]) -> tuple[FileNotice, ...]:
    """List sheets a person may not have seen or may have to choose from (F7)."""
    notices = []
    if len(sheets) > 1:
        notices.append(FileNotice(Notice.SEVERAL_SHEETS, {"count": len(sheets)}))
    hidden = [sheet.name for sheet in sheets if sheet.hidden]
    if hidden:
        notices.append(FileNotice(Notice.HIDDEN_SHEETS, {"sheets": ", ".join(hidden)}))
    return tuple(notices)
