import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.admin.audit import (
    GENESIS,
    AuditFact,
    AuditRow,
    BadRow,
    ChainHead,
    Tampering,
    canonical,
    chain_hash,
    first_bad_row,
    instant_text,
)
from core.kernel.identity import EstateId, UserId

ESTATE = EstateId(3)
AT = "2026-11-21T00:30:00.000000Z"


def fact(seq: int, /, **changes: object) -> AuditFact:
    plain = AuditFact(
        ESTATE, seq, AT, UserId(7), "Wang", "fees.payment.taken", "payment", str(seq), None, {"fen": seq * 100}, None
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def chain(length: int) -> tuple[list[AuditRow], ChainHead]:
    rows, head = [], ChainHead(ESTATE)
    for seq in range(1, length + 1):
        head = ChainHead(ESTATE, seq, chain_hash(head.hash, fact(seq)))
        rows.append(AuditRow(fact(seq), head.hash))
    return rows, head


ROWS, HEAD = chain(10)


class Colour(StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, b"null"),
        ({"b": 1, "a": [True, False, None]}, b'{"a":[true,false,null],"b":1}'),
        ({"z": {"y": 1, "x": 2}}, b'{"z":{"x":2,"y":1}}'),
        ((1, 2), b"[1,2]"),
        ("张", b'"\\u5f20"'),
        ("\ud800", b'"\\ud800"'),
        (Colour.RED, b'"red"'),
        (-(10**20), b"-100000000000000000000"),
        ({}, b"{}"),
    ],
)
def test_a_value_has_exactly_one_text(value: object, text: bytes) -> None:
    assert canonical(value) == text


@pytest.mark.parametrize("value", [1.0, [1, [2.5]], {"a": {"b": float("nan")}}, {1: "a"}, b"x", {1, 2}, AT.__len__])
def test_what_could_be_written_in_two_ways_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_the_hash_is_sha256_over_version_previous_and_canonical_fact() -> None:
    one = fact(1, actor_id=None, before={"b": 2, "a": 1}, reason="x")
    text = f'[3,1,"{AT}",null,"Wang","fees.payment.taken","payment","1",{{"a":1,"b":2}},{{"fen":100}},"x"]'
    assert chain_hash(GENESIS, one) == hashlib.sha256(b"\x01" + bytes(32) + text.encode()).digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"chain": EstateId(4)},
        {"seq": 2},
        {"at": "2026-11-21T00:30:00.000001Z"},
        {"actor_id": UserId(8)},
        {"actor_name": "Weng"},
        {"action": "fees.payment.taker"},
        {"subject_type": "bill"},
        {"subject_id": "2"},
        {"before": {}},
        {"after": {"fen": 101}},
        {"after": {"fen": "100"}},
        {"reason": ""},
    ],
)
def test_every_field_is_under_the_hash(changes: dict[str, object]) -> None:
    assert chain_hash(GENESIS, fact(1, **changes)) != chain_hash(GENESIS, fact(1))
    assert chain_hash(b"\x01" * 32, fact(1)) != chain_hash(GENESIS, fact(1))


def test_a_previous_hash_of_another_length_is_a_bug() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        chain_hash(b"", fact(1))


@pytest.mark.parametrize("changes", [{"seq": 0}, {"at": "2026-11-21 00:30"}, {"at": AT + "\n"}])
def test_a_fact_needs_a_number_and_an_instant(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"number 1|instant_text"):
        fact(1, **changes)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (datetime(2026, 11, 21, 0, 30, tzinfo=UTC), AT),
        (datetime(2026, 11, 21, 8, 30, tzinfo=timezone(timedelta(hours=8))), AT),
        (datetime(2027, 1, 1, 7, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=8))), "2026-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_written_in_utc(at: datetime, text: str) -> None:
    assert instant_text(at) == text


def test_a_naive_instant_is_a_bug() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant_text(datetime(2026, 11, 21))


def test_an_untouched_chain_is_sound_and_so_is_an_empty_one() -> None:
    assert first_bad_row(ROWS, HEAD) is None
    assert first_bad_row([], ChainHead(ESTATE)) is None


def test_verification_may_go_on_from_an_earlier_head() -> None:
    start = ChainHead(ESTATE, 6, ROWS[5].hash)
    assert first_bad_row(ROWS[6:], HEAD, start) is None
    assert first_bad_row(ROWS[6:], HEAD, replace(start, hash=GENESIS)) == BadRow(7, Tampering.CHANGED)
    assert first_bad_row([], HEAD, HEAD) is None


def rewritten(rows: Sequence[AuditRow]) -> list[AuditRow]:
    """Renumber and hash again, as someone with the code and the database would."""
    head, made = ChainHead(ESTATE), []
    for seq, row in enumerate(rows, start=1):
        again = replace(row.fact, seq=seq)
        head = ChainHead(ESTATE, seq, chain_hash(head.hash, again))
        made.append(AuditRow(again, head.hash))
    return made


MUTATED = AuditRow(fact(4, after={"fen": 1}), ROWS[3].hash)
INSERTED = AuditRow(fact(5, subject_id="x"), chain_hash(ROWS[3].hash, fact(5, subject_id="x")))
SWAPPED = [AuditRow(replace(ROWS[i].fact, seq=j + 1), ROWS[j].hash) for i, j in ((4, 3), (3, 4))]


@pytest.mark.parametrize(
    ("rows", "bad"),
    [
        ([*ROWS[:3], MUTATED, *ROWS[4:]], BadRow(4, Tampering.CHANGED)),
        ([*ROWS[:3], AuditRow(ROWS[3].fact, GENESIS), *ROWS[4:]], BadRow(4, Tampering.CHANGED)),
        ([*ROWS[:3], *ROWS[4:]], BadRow(4, Tampering.MISSING)),
        (ROWS[1:], BadRow(1, Tampering.MISSING)),
        ([*ROWS[:4], INSERTED, *ROWS[4:]], BadRow(6, Tampering.OUT_OF_PLACE)),
        ([*ROWS[:4], ROWS[3], *ROWS[4:]], BadRow(5, Tampering.OUT_OF_PLACE)),
        ([*ROWS[:3], ROWS[4], ROWS[3], *ROWS[5:]], BadRow(4, Tampering.MISSING)),
        ([*ROWS[:3], *SWAPPED, *ROWS[5:]], BadRow(4, Tampering.CHANGED)),
        ([AuditRow(fact(1, chain=EstateId(9)), ROWS[0].hash), *ROWS[1:]], BadRow(1, Tampering.OUT_OF_PLACE)),
        (ROWS[:-1], BadRow(10, Tampering.CUT_TAIL)),
        ([], BadRow(1, Tampering.CUT_TAIL)),
        ([*ROWS, AuditRow(fact(11), chain_hash(HEAD.hash, fact(11)))], BadRow(11, Tampering.BEYOND_HEAD)),
        (rewritten([*ROWS[:3], MUTATED, *ROWS[4:]]), BadRow(10, Tampering.OTHER_HEAD)),
        (rewritten(ROWS[1:]), BadRow(10, Tampering.CUT_TAIL)),
    ],
    ids=[
        "mutate", "mutate hash", "delete", "delete first", "insert", "insert twice", "swap rows", "swap contents",
        "foreign chain", "cut tail", "cut all", "append unseen", "rewrite all", "delete and rewrite",
    ],
)  # fmt: skip
def test_tampering_is_found_and_located(rows: list[AuditRow], bad: BadRow) -> None:
    assert first_bad_row(rows, HEAD) == bad


@given(seq=st.integers(1, 10), fen=st.integers().filter(lambda fen: fen % 100 != 0))
def test_any_changed_amount_is_found_at_its_row(seq: int, fen: int) -> None:
    rows = list(ROWS)
    rows[seq - 1] = AuditRow(fact(seq, after={"fen": fen}), ROWS[seq - 1].hash)
    assert first_bad_row(rows, HEAD) == BadRow(seq, Tampering.CHANGED)


def test_a_long_chain_verifies() -> None:
    rows, head = chain(2_000)
    assert first_bad_row(rows, head) is None
