import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.complaints.repeats import (
    CaseDraft,
    CaseTrace,
    DuplicateCandidate,
    DuplicateReason,
    Repetition,
    likely_duplicates,
    place_key,
    repetition_of,
    same_place,
    similarity,
)
from core.complaints.states import CaseState
from core.complaints.taxonomy import RecordType, SubCategory
from core.kernel.identity import CaseId, UnitId

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HERE = CaseTrace(
    case=CaseId(50),
    record_type=RecordType.COMPLAINT,
    state=CaseState.REGISTERED,
    sub_category=SubCategory.LIFT,
    unit=UnitId(12),
    place="2号楼电梯",
    registered_at=AT,
    content="2号楼的电梯又坏了",
)


def earlier(**changes: Any) -> CaseTrace:
    return replace(HERE, **({"case": CaseId(40), "registered_at": AT - 5 * DAY, "state": CaseState.CLOSED} | changes))


@pytest.mark.parametrize(
    ("changes", "repeated"),
    [
        ({}, True),
        ({"unit": UnitId(13)}, True),
        ({"place": ""}, True),
        ({"unit": None, "place": " ２号楼 电梯。"}, True),
        ({"unit": UnitId(13), "place": "3号楼电梯"}, False),
        ({"unit": None, "place": ""}, False),
        ({"sub_category": SubCategory.WATER}, False),
        ({"sub_category": None}, False),
        ({"record_type": RecordType.INQUIRY}, False),
        ({"state": CaseState.WITHDRAWN}, False),
        ({"state": CaseState.MERGED}, False),
        ({"state": CaseState.ARCHIVED}, True),
        ({"registered_at": AT - 89 * DAY}, True),
        ({"registered_at": datetime(2026, 8, 23, 16, 0, tzinfo=UTC)}, True),
        ({"registered_at": datetime(2026, 8, 23, 15, 59, tzinfo=UTC)}, False),
        ({"registered_at": AT}, True),
        ({"registered_at": AT, "case": CaseId(51)}, False),
        ({"registered_at": AT + DAY}, False),
    ],
)
def test_a_complaint_repeats_an_earlier_one_of_the_same_place_and_matter(
    changes: dict[str, Any], repeated: bool
) -> None:
    expected = Repetition(repeated=True, cases=(CaseId(40),)) if repeated else Repetition(repeated=False)
    assert repetition_of(case=HERE, others=(earlier(**changes),)) == expected


def test_no_case_repeats_itself() -> None:
    assert repetition_of(case=HERE, others=(HERE,)) == Repetition(repeated=False)


@pytest.mark.parametrize("changes", [{"sub_category": None}, {"record_type": RecordType.PRAISE}])
def test_only_a_sorted_complaint_is_repeated(changes: dict[str, Any]) -> None:
    assert not repetition_of(case=replace(HERE, **changes), others=(earlier(**changes), earlier())).repeated


def test_public_places_do_not_repeat_when_neither_is_written_down() -> None:
    case = replace(HERE, unit=None, place="")
    assert not repetition_of(case=case, others=(earlier(unit=None, place=""),)).repeated


def test_count_and_window_are_settings_and_the_newest_stands_first() -> None:
    others = (
        earlier(case=CaseId(1), registered_at=AT - 9 * DAY),
        earlier(case=CaseId(2), registered_at=AT - 3 * DAY),
        earlier(case=CaseId(3), registered_at=AT - 10 * DAY),
    )
    assert repetition_of(case=HERE, others=others, least=3, days=10) == Repetition(
        repeated=True, cases=(CaseId(2), CaseId(1))
    )
    assert repetition_of(case=HERE, others=others, least=4, days=10) == Repetition(repeated=False)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2号楼电梯", "２号楼 电梯！", True),
        ("B座大堂", "b座大堂", True),
        ("2号楼电梯", "3号楼电梯", False),
        ("", "", False),
        ("!", "？", False),
    ],
)
def test_places_are_compared_as_they_are_meant(one: str, other: str, same: bool) -> None:
    assert same_place(one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("电梯坏了", "电梯坏了！", Fraction(1)),
        ("2号楼电梯坏了", "2号楼的电梯又坏了", Fraction(2, 5)),
        ("电梯坏了", "水管漏水", Fraction(0)),
        ("吵", "吵！", Fraction(1)),
        ("吵", "吵闹", Fraction(0)),
        ("", "电梯", Fraction(0)),
        ("电梯", "……", Fraction(0)),
        ("", "", Fraction(0)),
    ],
)
def test_likeness_counts_shared_pairs_of_characters(one: str, other: str, likeness: Fraction) -> None:
    assert similarity(one, other) == similarity(other, one) == likeness


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_lies_between_none_and_all(one: str, other: str) -> None:
    assert 0 <= similarity(one, other) <= 1
    assert similarity(one, one) == any(c.isalnum() for c in unicodedata.normalize("NFKC", one).casefold())


DRAFT = CaseDraft(sub_category=SubCategory.LIFT, unit=UnitId(12), content="2号楼电梯坏了")


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"state": CaseState.ASSIGNED}, ["same_matter", "similar_text"]),
        ({"state": CaseState.RESOLVED, "registered_at": AT - 200 * DAY}, ["same_matter"]),
        ({"state": CaseState.ASSIGNED, "content": "按钮不灵"}, ["same_matter"]),
        ({"state": CaseState.CLOSED}, ["similar_text"]),
        ({"unit": UnitId(13), "registered_at": AT - 6 * DAY}, ["similar_text"]),
        ({"unit": UnitId(13), "registered_at": datetime(2026, 11, 14, 16, 0, tzinfo=UTC)}, ["similar_text"]),
        ({"unit": UnitId(13), "registered_at": datetime(2026, 11, 14, 15, 59, tzinfo=UTC)}, []),
        ({"state": CaseState.WITHDRAWN}, []),
        ({"state": CaseState.MERGED}, []),
        ({"unit": UnitId(13), "content": "按钮不灵"}, []),
    ],
)
def test_what_is_typed_may_be_a_case_already(changes: dict[str, Any], reasons: list[str]) -> None:
    found = likely_duplicates(draft=DRAFT, cases=(earlier(**changes),), now=AT)
    assert [list(map(str, candidate.reasons)) for candidate in found] == ([reasons] if reasons else [])


def test_the_likeliest_duplicates_come_first() -> None:
    cases = (
        earlier(case=CaseId(1), content="2号楼电梯坏了", unit=UnitId(13)),
        earlier(case=CaseId(2), state=CaseState.ASSIGNED, content="按钮不灵"),
        earlier(case=CaseId(3), unit=UnitId(13)),
        earlier(case=CaseId(4), state=CaseState.ASSIGNED),
        earlier(case=CaseId(5), unit=UnitId(13), registered_at=AT - DAY),
        earlier(case=CaseId(6), unit=UnitId(13)),
    )
    both = (DuplicateReason.SAME_MATTER, DuplicateReason.SIMILAR_TEXT)
    text = (DuplicateReason.SIMILAR_TEXT,)
    alike = Fraction(2, 5)
    ranked = (
        DuplicateCandidate(CaseId(4), both, alike),
        DuplicateCandidate(CaseId(2), (DuplicateReason.SAME_MATTER,), Fraction(0)),
        DuplicateCandidate(CaseId(1), text, Fraction(1)),
        DuplicateCandidate(CaseId(5), text, alike),
        DuplicateCandidate(CaseId(6), text, alike),
        DuplicateCandidate(CaseId(3), text, alike),
    )
    assert likely_duplicates(draft=DRAFT, cases=cases, now=AT) == ranked[:5]
    assert likely_duplicates(draft=DRAFT, cases=cases, now=AT, most=6) == ranked
    strict = likely_duplicates(draft=DRAFT, cases=cases, now=AT, similar_from=Fraction(1, 2))
    assert [candidate.case for candidate in strict] == [4, 2, 1]


def test_an_empty_draft_is_like_nothing() -> None:
    assert likely_duplicates(draft=CaseDraft(), cases=(earlier(), HERE), now=AT) == ()


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("２号楼 电梯。", "2号楼电梯"),
        (" - ", ""),
        ("", ""),
        ("A 座", "a座"),
        ("\ufdfa" * 100, "صلى الله عليه وسلم".replace(" ", "") * 7),
    ],
)
def test_a_place_is_looked_up_by_its_folded_name(place: str, key: str) -> None:
    found = place_key(place=place)
    assert found == key[:100]
    assert len(found) <= 100


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_same_place_has_the_same_key(one: str, other: str) -> None:
    if same_place(one, other):
        assert place_key(place=one) == place_key(place=other)
