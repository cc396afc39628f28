"""Filled-in survey forms in a file: a column for each item of the questionnaire (R-137, R-139, R-146 to R-148; U4)."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from core.admin.permissions import Permission
from core.imports import vocabulary as words
from core.imports.codes import Trouble
from core.imports.contacts import text, word
from core.imports.dates import day
from core.imports.recodes import whole_number
from core.imports.review import same_units
from core.imports.specs import Belongs, ColumnSpec, Finished, ImportKind, KindSpec, Values
from core.imports.text import Cell, Reading, cleaned, folded, heading_key, refused
from core.imports.unitcodes import unit_parts
from core.surveys.questionnaires import (
    HIGHEST_MARK,
    LONGEST_OPEN,
    LOWEST_MARK,
    NPS_MOST,
    Item,
    ItemKind,
    answer_problem,
)
from core.surveys.responses import CustomerGroup
from core.surveys.rounds import Channel

LONGEST_NUMBER: Final = 40
LONGEST_COLLECTOR: Final = 64

_ITEM: Final = "item."
_GROUPS: Final = (CustomerGroup.OWNER, CustomerGroup.TENANT, CustomerGroup.OTHER)


def item_field(position: int) -> str:
    """Name the field that holds the answers to an item."""
    return f"{_ITEM}{position}"


def answers_of(values: Values) -> dict[int, int | str]:
    """Give the answers of a row by position; what was skipped is not in it (R-139)."""
    return {
        int(field.removeprefix(_ITEM)): value
        for field, value in values.items()
        if field.startswith(_ITEM) and isinstance(value, int | str)
    }


def answer_values(answers: Mapping[int, int | str]) -> dict[str, int | str]:
    """Give the answers of a form as a row of a file holds them."""
    return {item_field(position): answer for position, answer in answers.items()}


def survey_spec(
    *, items: tuple[Item, ...], estate: str, first_day: date, last_day: date, channels: Collection[Channel]
) -> KindSpec:
    """Describe a file of forms of one round: its columns are the questionnaire's items.

    ``estate`` is the code of the round's estate, in which units must be; forms were collected from ``first_day`` to
    ``last_day``, both included, by one of ``channels``. A heading two columns could claim belongs to neither.
    """
    known = tuple(channel for channel in Channel if channel in channels)
    day_of_form = replace(_COLLECTED_ON, read=_day_between(first_day, last_day), suggested=first_day.isoformat())
    by_channel = replace(_CHANNEL, read=_one_of(known), options=known, suggested=known[0] if known else "")
    named = _headings(items)
    return replace(
        FORMS,
        columns=(_NUMBER, _UNIT, day_of_form, by_channel, _GROUP, _COLLECTOR, *(_column(i, named) for i in items)),
        headings={**FORMS.headings, **named},
        finish=_finisher(estate, tuple(item_field(item.position) for item in items)),
    )


def _column(item: Item, headings: Mapping[str, tuple[str, ...]]) -> ColumnSpec:
    field = item_field(item.position)
    chinese, english = (_title(item, item.text(language), headings[field]) for language in ("zh_CN", "en"))
    return ColumnSpec(field, _answer(item), titles=(chinese, english), recodable=_recodable(item))


def _title(item: Item, said: str, headings: tuple[str, ...]) -> str:
    """Give an item's text, or its code where the text does not tell it from another column."""
    return said if folded(said) in headings else item.code


def _headings(items: tuple[Item, ...]) -> dict[str, tuple[str, ...]]:
    """Give each item the headings that mean it alone: its code, and its texts with and without what is in brackets."""
    wanted = {
        item_field(item.position): {folded(said): None for said in (item.code, item.text_zh, item.text_en)}
        | {heading_key(said): None for said in (item.text_zh, item.text_en)}
        for item in items
    }
    taken = Counter(folded(said) for own in FORMS.headings.values() for said in own)
    claims = taken + Counter(heading for own in wanted.values() for heading in own)
    return {field: tuple(said for said in own if said and claims[said] == 1) for field, own in wanted.items()}


def _answer(item: Item) -> Callable[[Cell], Reading]:
    """Make the reader of an item's cells; what the rules of the item refuse is named with what it allows (U4)."""
    read = _READERS.get(item.kind, _number)

    def judged(cell: Cell) -> Reading:
        reading = read(cell) if isinstance(cell, str | int | float) and not isinstance(cell, bool) else _WRONG_TYPE
        answer = reading.value if isinstance(reading.value, int | str) else None
        if reading.trouble is Trouble.NOT_AN_ANSWER or answer_problem(item=item, answer=answer):
            return refused(Trouble.TOO_LONG if item.kind is ItemKind.OPEN else Trouble.NOT_AN_ANSWER, _allowed(item))
        return reading

    return judged


_WRONG_TYPE: Final = refused(Trouble.WRONG_TYPE)
_NO_ANSWER: Final = refused(Trouble.NOT_AN_ANSWER)


def _number(cell: Cell) -> Reading:
    said = cleaned(cell)
    if not isinstance(said.value, str):
        return said
    number = whole_number(said.value)
    return _NO_ANSWER if number is None else Reading(number)


def _letters(cell: Cell) -> Reading:
    said = cleaned(cell)
    if not isinstance(said.value, str):
        return said
    letters = words.LIST_SEPARATORS.sub("", unicodedata.normalize("NFKC", said.value).upper())
    return Reading("".join(sorted(letters))) if letters else _NO_ANSWER


_READERS: Final[Mapping[ItemKind, Callable[[Cell], Reading]]] = {ItemKind.CHOICE: _letters, ItemKind.OPEN: cleaned}


def _bounds(item: Item) -> tuple[int, int]:
    """Give the smallest and largest number that answers an item."""
    fixed = {ItemKind.RATING: (LOWEST_MARK, HIGHEST_MARK), ItemKind.NPS: (0, NPS_MOST)}
    return fixed.get(item.kind, (item.least, item.most))


def _allowed(item: Item) -> str:
    if item.kind is ItemKind.OPEN:
        return str(LONGEST_OPEN)
    if item.kind is ItemKind.CHOICE:
        return "".join(choice.letter for choice in item.choices)
    least, most = _bounds(item)
    return f"{least}–{most}"


def _recodable(item: Item) -> Callable[[str], bool]:
    """Say which declared texts may mean "no answer" to an item: never a number or a letter that answers it.

    So ``9`` empties a mark from 1 to 5 and never a recommendation of 9.
    """
    least, most = _bounds(item)
    letters = {choice.letter for choice in item.choices}

    def may(recode: str) -> bool:
        number = whole_number(recode)
        if item.kind in (ItemKind.CHOICE, ItemKind.OPEN):
            return recode.upper() not in letters
        return number is None or not least <= number <= most

    return may


def _day_between(first_day: date, last_day: date) -> Callable[[Cell], Reading]:
    def read(cell: Cell) -> Reading:
        reading = day(cell)
        if isinstance(reading.value, date) and not first_day <= reading.value <= last_day:
            return refused(Trouble.OUTSIDE_ROUND, f"{first_day} – {last_day}")
        return reading

    return read


def _one_of(channels: Collection[Channel]) -> Callable[[Cell], Reading]:
    return word({code: spellings for code, spellings in words.SURVEY_CHANNELS.items() if code in channels})


def _finisher(estate: str, items: tuple[str, ...]) -> Callable[[Values], Finished]:
    own = folded(estate)

    def finish(values: Values) -> Finished:
        if all(values.get(item) is None for item in items):
            return Finished(trouble=Trouble.NOTHING_ANSWERED)
        number, unit = folded(str(values.get("form_number") or "")), values.get("unit")
        if len(number) > LONGEST_NUMBER:
            return Finished(trouble=Trouble.TOO_LONG, at="form_number", limit=str(LONGEST_NUMBER))
        place = (own, unit) if isinstance(unit, str) else None
        return Finished(("form", number) if number else (), (), values, unit=place)

    return finish


_NUMBER: Final = ColumnSpec("form_number", text(LONGEST_NUMBER))
_UNIT: Final = ColumnSpec("unit", unit_parts, is_apart=True)
_COLLECTED_ON: Final = ColumnSpec("collected_on", day, required=True)
_CHANNEL: Final = ColumnSpec("channel", _one_of(tuple(Channel)), required=True, options=tuple(Channel))
_GROUP: Final = ColumnSpec("customer_group", word(words.CUSTOMER_GROUPS), options=_GROUPS)
_COLLECTOR: Final = ColumnSpec("collector", text(LONGEST_COLLECTOR))

FORMS: Final = KindSpec(
    ImportKind.SURVEY_RESPONSES,
    Permission.IMPORTS_SURVEYS,
    (_NUMBER, _UNIT, _COLLECTED_ON, _CHANNEL, _GROUP, _COLLECTOR),
    words.HEADERS["survey_responses"],
    _finisher("", ()),
    review=same_units,
    needs="units",
    belongs_to=Belongs.ROUND,
    only_new=True,
)
"""What every form has, whatever is asked; :func:`survey_spec` adds the items of a round. A form without a number is
known by its place in the file, and forms on file are never changed."""
