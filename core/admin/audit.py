"""The audit chain: every row carries a hash over itself and the row before (R-011; security.md T24, R16).

A chain alone cannot show a cut tail or a full rewrite; that takes a head (count and hash) kept elsewhere.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final, TypeAlias

from core.kernel.identity import EstateId, UserId

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

VERSION: Final = 1
"""Stands before everything that is hashed; a new way of writing rows takes a new number."""

GENESIS: Final = bytes(32)
"""The "previous hash" of a chain's first row."""

_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_EXACT: Final = frozenset({str, int, bool, type(None)})


class Tampering(StrEnum):
    """What is wrong at the first bad row."""

    MISSING = "missing"
    OUT_OF_PLACE = "out_of_place"
    CHANGED = "changed"
    CUT_TAIL = "cut_tail"
    BEYOND_HEAD = "beyond_head"
    OTHER_HEAD = "other_head"


@dataclass(frozen=True, slots=True)
class AuditFact:
    """Who did what, when, to which thing, and what it was before and after.

    ``chain`` is the estate (or the company), ``seq`` counts 1, 2, 3 … within it, ``at`` is ``instant_text``.
    ``before`` and ``after`` hold only None, bool, int, str, lists and dicts; personal values stay out.
    """

    chain: EstateId
    seq: int
    at: str
    actor_id: UserId | None
    actor_name: str
    action: str
    subject_type: str
    subject_id: str
    before: Mapping[str, Json] | None = None
    after: Mapping[str, Json] | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.seq < 1:
            raise ValueError("the first row of a chain is number 1")
        if not _INSTANT.fullmatch(self.at):
            raise ValueError("an audit instant is written by instant_text")


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where a chain stands: number and hash of its last row (0 and ``GENESIS`` when empty)."""

    chain: EstateId
    seq: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A stored fact with its stored hash."""

    fact: AuditFact
    hash: bytes


@dataclass(frozen=True, slots=True)
class BadRow:
    """The first number at which the chain does not hold, and why."""

    seq: int
    why: Tampering


def instant_text(at: datetime) -> str:
    """Write an aware instant in UTC with six decimals and ``Z``: one instant, one text."""
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(value: object) -> bytes:
    """Write a value the one way it is hashed: JSON in ASCII, sorted keys, no spaces; a float raises ``TypeError``."""
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def chain_hash(previous: bytes, fact: AuditFact) -> bytes:
    """Hash a fact onto the chain: SHA-256 of version byte, previous hash and the canonical fact."""
    if len(previous) != len(GENESIS):
        raise ValueError("the previous hash has 32 bytes")
    fields = [
        fact.chain, fact.seq, fact.at, fact.actor_id, fact.actor_name, fact.action,
        fact.subject_type, fact.subject_id, fact.before, fact.after, fact.reason,
    ]  # fmt: skip
    return sha256(bytes([VERSION]) + previous + canonical(fields)).digest()


def first_bad_row(rows: Iterable[AuditRow], head: ChainHead, start: ChainHead | None = None) -> BadRow | None:
    """Verify rows in the order of their numbers against the kept head; ``None`` when all is well.

    ``start`` is an earlier head already verified; ``rows`` then begin behind it.
    """
    at = start or ChainHead(head.chain)
    for row in rows:
        bad = _trouble(row, at, head)
        if bad is not None:
            return bad
        at = ChainHead(head.chain, row.fact.seq, row.hash)
    if at.seq < head.seq:
        return BadRow(at.seq + 1, Tampering.CUT_TAIL)
    return None if at.hash == head.hash else BadRow(at.seq, Tampering.OTHER_HEAD)


def _trouble(row: AuditRow, before: ChainHead, head: ChainHead) -> BadRow | None:
    fact, expected = row.fact, before.seq + 1
    if fact.chain != head.chain or fact.seq < expected:
        return BadRow(expected, Tampering.OUT_OF_PLACE)
    if expected > head.seq:
        return BadRow(expected, Tampering.BEYOND_HEAD)
    if fact.seq > expected:
        return BadRow(expected, Tampering.MISSING)
    if chain_hash(before.hash, fact) != row.hash:
        return BadRow(expected, Tampering.CHANGED)
    return None


def _check(value: object) -> None:
    """Refuse what JSON would write in more than one way, or silently change."""
    if type(value) in _EXACT:
        return
    if isinstance(value, list | tuple):
        for part in value:
            _check(part)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            if not isinstance(key, str):
                raise TypeError(f"an audit key is a text, not {type(key).__name__}")
            _check(part)
    elif not isinstance(value, str | int):
        raise TypeError(f"the audit log takes no {type(value).__name__}")
