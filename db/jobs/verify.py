"""The self-check: the books balance, sums kept agree with the facts, the audit log is untouched (R24, R16).

Reads one snapshot, changes nothing, and names what is wrong and where. Memory stays bounded however large the
database: sums are made by the database, chains are read in chunks, findings are cut off after a screenful.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Final

from sqlalchemy import Connection, text

from core.admin.audit import ChainHead
from core.kernel.identity import EstateId
from db.engine import Database
from db.guards import missing_triggers
from db.jobs.chains import bad_chains, chain_heads
from db.jobs.invariants import INVARIANTS
from db.jobs.service_invariants import bad_clocks, bad_numbers
from db.jobs.snapshot import snapshot

MOST_FINDINGS: Final = 20
"""Findings given for one check; a count above it means "and more"."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which check, in which estate, on which record, what should stand there and what does."""

    check: str
    estate_id: EstateId | None
    subject: str
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was checked, what was wrong, and where each audit chain stood (an anchor for the next check)."""

    checks: tuple[str, ...]
    findings: tuple[Finding, ...]
    heads: tuple[ChainHead, ...]
    audit_rows: int

    @property
    def is_sound(self) -> bool:
        """Say whether nothing at all was found."""
        return not self.findings


RECOMPUTED: Final = ("service_clocks", "service_dues", "service_number")
"""Checks that are no statement."""


def verify(database: Database, anchors: tuple[ChainHead, ...] = (), *, now: datetime | None = None) -> VerifyReport:
    """Check the whole database in one snapshot. ``anchors``: audit heads kept elsewhere, such as in a backup.

    ``now`` only says which day's hours of service hold; today's unless given.
    """
    with snapshot(database) as connection:
        return verify_on(connection, anchors, now=now)


def verify_on(
    connection: Connection, anchors: tuple[ChainHead, ...] = (), *, now: datetime | None = None
) -> VerifyReport:
    """Check the whole database over a connection."""
    heads = chain_heads(connection)
    findings = [Finding("guard_missing", None, name) for name in sorted(missing_triggers(connection))]
    findings += [
        Finding("audit_chain", bad.chain, str(bad.bad.seq), found=bad.bad.why.value)
        for bad in bad_chains(connection, anchors)
    ]
    for check, statement in INVARIANTS.items():
        findings += _broken(connection, check, statement)
    findings += _recomputed(connection, now or datetime.now(UTC))
    checks = ("guard_missing", "audit_chain", *INVARIANTS, *RECOMPUTED)
    return VerifyReport(checks, tuple(findings), heads, sum(head.seq for head in heads))


def _recomputed(connection: Connection, now: datetime) -> list[Finding]:
    """What no statement can say, each cut off after a screenful."""
    found: dict[str, list[Finding]] = {check: [] for check in RECOMPUTED}
    numbers = (("service_number", broken) for broken in bad_numbers(connection))
    for check, broken in chain(bad_clocks(connection, now), numbers):
        if len(found[check]) <= MOST_FINDINGS:
            expected, there = broken.expected, broken.found
            found[check].append(Finding(check, EstateId(broken.estate_id), broken.subject, expected, there))
    return [finding for findings in found.values() for finding in findings]


def _broken(connection: Connection, check: str, statement: str) -> list[Finding]:
    result = connection.execute(text(statement + " LIMIT :most"), {"most": MOST_FINDINGS + 1})
    return [
        Finding(check, EstateId(row.estate_id), str(row.subject), str(row.expected), str(row.found)) for row in result
    ]
