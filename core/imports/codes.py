"""Every way an import can say no or beware: stable codes, one sentence each in the catalogs (R-012)."""

from enum import StrEnum
from typing import ClassVar, Final

from core.kernel.errors import BusinessError


class Refusal(StrEnum):
    """Why a whole file is refused; nothing of it is read."""

    TOO_LARGE = "imports.file.too_large"
    EMPTY = "imports.file.empty"
    NO_DATA = "imports.file.no_data"
    UNKNOWN_ENDING = "imports.file.unknown_ending"
    MACRO_WORKBOOK = "imports.file.macro_workbook"
    BINARY_WORKBOOK = "imports.file.binary_workbook"
    ENCRYPTED = "imports.file.encrypted"
    PAGE_AS_WORKBOOK = "imports.file.page_as_workbook"
    TEXT_AS_WORKBOOK = "imports.file.text_as_workbook"
    WORKBOOK_AS_TEXT = "imports.file.workbook_as_text"
    WRONG_ENDING = "imports.file.wrong_ending"
    PDF = "imports.file.pdf"
    NOT_A_TABLE = "imports.file.not_a_table"
    UNPACKED_TOO_LARGE = "imports.file.unpacked_too_large"
    TOO_MANY_PARTS = "imports.file.too_many_parts"
    UNSAFE_PART = "imports.file.unsafe_part"
    ENTITIES = "imports.file.entities"
    DAMAGED = "imports.file.damaged"
    ENCODING = "imports.file.encoding"
    LOST_CHARACTER = "imports.file.lost_character"
    NO_BYTE_ORDER = "imports.file.no_byte_order"
    OPEN_QUOTE = "imports.file.open_quote"
    TOO_MANY_ROWS = "imports.file.too_many_rows"
    TOO_MANY_COLUMNS = "imports.file.too_many_columns"
    HEADER_NOT_FOUND = "imports.file.header_not_found"
    DUPLICATE_COLUMN = "imports.file.duplicate_column"
    MISSING_COLUMNS = "imports.file.missing_columns"
    HEADER_UNIT = "imports.file.header_unit"
    BAD_MAPPING = "imports.file.bad_mapping"
    LONG_ROWS = "imports.file.long_rows"
    CONTROL_TOTAL = "imports.file.control_total"


class Trouble(StrEnum):
    """Why one row is refused."""

    MISSING = "imports.row.missing"
    TOO_LONG = "imports.row.too_long"
    CONTROL_CHARACTER = "imports.row.control_character"
    LOST_CHARACTER = "imports.row.lost_character"
    ERROR_VALUE = "imports.row.error_value"
    FORMULA = "imports.row.formula"
    MERGED = "imports.row.merged"
    LONG_ROW = "imports.row.long_row"
    BROKEN_QUOTE = "imports.row.broken_quote"
    WRONG_TYPE = "imports.row.wrong_type"
    NOT_A_NUMBER = "imports.row.not_a_number"
    RANGE = "imports.row.range"
    UNIT_WORD = "imports.row.unit_word"
    TEN_THOUSANDS = "imports.row.ten_thousands"
    TOO_PRECISE = "imports.row.too_precise"
    NOT_WHOLE = "imports.row.not_whole"
    NEGATIVE = "imports.row.negative"
    TOO_SMALL = "imports.row.too_small"
    TOO_BIG = "imports.row.too_big"
    NOT_A_DATE = "imports.row.not_a_date"
    DATE_ORDER = "imports.row.date_order"
    DATE_RANGE = "imports.row.date_range"
    DATES_REVERSED = "imports.row.dates_reversed"
    CODE_AS_DATE = "imports.row.code_as_date"
    MIXED_SCRIPT = "imports.row.mixed_script"
    NOT_A_CODE = "imports.row.not_a_code"
    UNIT_MISMATCH = "imports.row.unit_mismatch"
    UNIT_AMBIGUOUS = "imports.row.unit_ambiguous"
    NO_BUILDING = "imports.row.no_building"
    UNKNOWN_WORD = "imports.row.unknown_word"
    NOT_A_NAME = "imports.row.not_a_name"
    NOT_A_PHONE = "imports.row.not_a_phone"
    TWO_PHONES = "imports.row.two_phones"
    SCIENTIFIC = "imports.row.scientific"
    MASKED = "imports.row.masked"
    DUPLICATE = "imports.row.duplicate"
    UNKNOWN_ESTATE = "imports.row.unknown_estate"
    AMBIGUOUS_ESTATE = "imports.row.ambiguous_estate"
    UNKNOWN_UNIT = "imports.row.unknown_unit"
    KEY_CONFLICT = "imports.row.key_conflict"
    NOT_AN_ANSWER = "imports.row.not_an_answer"
    NOTHING_ANSWERED = "imports.row.nothing_answered"
    OUTSIDE_ROUND = "imports.row.outside_round"
    ALREADY_THERE = "imports.row.already_there"


class Notice(StrEnum):
    """What was accepted, and a person should look at."""

    SEVERAL_SHEETS = "imports.notice.several_sheets"
    HIDDEN_SHEETS = "imports.notice.hidden_sheets"
    HIDDEN_ROWS = "imports.notice.hidden_rows"
    CUT_AFTER = "imports.notice.cut_after"
    READ_AS_GB18030 = "imports.notice.read_as_gb18030"
    OLD_WORKBOOK = "imports.notice.old_workbook"
    DATES_FROM_1904 = "imports.notice.dates_from_1904"
    COLUMN_IGNORED = "imports.notice.column_ignored"
    COLUMN_TWICE = "imports.notice.column_twice"
    TOTAL_ROW = "imports.notice.total_row"
    FOOTNOTE = "imports.notice.footnote"
    HEADER_AGAIN = "imports.notice.header_again"
    TOTAL_UNCHECKED = "imports.notice.total_unchecked"
    FORMAT_CHARACTER = "imports.notice.format_character"
    PRIVATE_CHARACTER = "imports.notice.private_character"
    ZERO_AS_MISSING = "imports.notice.zero_as_missing"
    ROUNDED = "imports.notice.rounded"
    SCALED_PERCENT = "imports.notice.scaled_percent"
    NUMERIC_CODE = "imports.notice.numeric_code"
    DATE_FROM_SERIAL = "imports.notice.date_from_serial"
    WORD_AS_OTHER = "imports.notice.word_as_other"
    DOUBTFUL_NAME = "imports.notice.doubtful_name"
    SAME_NAME = "imports.notice.same_name"
    SECOND_OWNER = "imports.notice.second_owner"
    SHARED_PHONE = "imports.notice.shared_phone"
    SPELLED_TWICE = "imports.notice.spelled_twice"
    UNIT_AGAIN = "imports.notice.unit_again"


ALL_CODES: Final[tuple[str, ...]] = (*Refusal, *Trouble, *Notice)
"""Every code an import can show; the translator needs a sentence for each."""


class FileRefused(BusinessError):
    """The file as a whole cannot be imported (R-012); ``reason`` names the sentence and ``fields`` fill it."""

    code: ClassVar[str] = "imports.file"

    def __init__(self, reason: Refusal = Refusal.DAMAGED, **fields: str | int) -> None:
        super().__init__(**fields)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason.value
