"""Every audit chain, recomputed from its rows and held against its head and against earlier, kept heads (R16)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from core.admin.audit import AuditFact, AuditRow, BadRow, ChainHead, Tampering, canonical, first_bad_row, instant_text
from core.kernel.identity import EstateId

_AT_ONCE: Final = 2_000
_HEADS: Final = text("SELECT estate_id, audit_count, audit_hash FROM estate_heads ORDER BY estate_id")
_CHAINS: Final = text("SELECT DISTINCT chain FROM audit_entries ORDER BY chain")
_ROWS: Final = text(
    "SELECT seq, at, actor_id, actor_name, action, subject_type, subject_id, before, after, reason, hash "
    "FROM audit_entries WHERE chain = :chain ORDER BY seq"
)
"""Read as the driver gives it: a column type that refuses a forged value would hide which row it stands in."""


@dataclass(frozen=True, slots=True)
class BadChain:
    """Where a chain first fails to hold."""

    chain: EstateId
    bad: BadRow


def chain_heads(connection: Connection) -> tuple[ChainHead, ...]:
    """Where every chain stands, by its kept head."""
    return tuple(ChainHead(EstateId(c), int(n), bytes(h)) for c, n, h in connection.execute(_HEADS))


def bad_chains(connection: Connection, anchors: tuple[ChainHead, ...] = ()) -> Iterator[BadChain]:
    """Recompute every chain and give the first bad row of each that does not hold.

    ``anchors`` are heads kept elsewhere (a backup's manifest, a printed sheet). A chain that was cut or rewritten
    together with its head holds in itself; only an anchor shows it.
    """
    heads = {head.chain: head for head in chain_heads(connection)}
    written = [EstateId(chain) for (chain,) in connection.execute(_CHAINS)]
    anchored = {anchor.chain: anchor for anchor in anchors}
    for chain in sorted({*heads, *written, *anchored}):
        walk = _Walk(connection, heads.get(chain, ChainHead(chain)), anchored.get(chain))
        bad = walk.first_bad_row()
        if bad is not None:
            yield BadChain(chain, bad)


@dataclass(slots=True)
class _Walk:
    """One pass over one chain, a couple of thousand rows in memory at a time."""

    connection: Connection
    head: ChainHead
    anchor: ChainHead | None
    seq: int = 0
    anchor_hash: bytes | None = None

    def first_bad_row(self) -> BadRow | None:
        try:
            bad = first_bad_row(self._rows(), self.head)
        except (TypeError, ValueError):  # what stands there was never written by the portal
            return BadRow(self.seq, Tampering.CHANGED)
        return bad or self._against_anchor()

    def _against_anchor(self) -> BadRow | None:
        if self.anchor is None or self.anchor.seq == 0:
            return None
        if self.head.seq < self.anchor.seq:
            return BadRow(self.head.seq + 1, Tampering.CUT_TAIL)
        return None if self.anchor_hash == self.anchor.hash else BadRow(self.anchor.seq, Tampering.OTHER_HEAD)

    def _rows(self) -> Iterator[AuditRow]:
        chunks = {"stream_results": True, "yield_per": _AT_ONCE}
        with self.connection.execute(_ROWS, {"chain": self.head.chain}, execution_options=chunks) as result:
            for row in result:
                self.seq = row.seq
                if self.anchor is not None and row.seq == self.anchor.seq:
                    self.anchor_hash = row.hash
                yield AuditRow(_fact(self.head.chain, row), row.hash)


def _fact(chain: EstateId, row: Row[Any]) -> AuditFact:
    return AuditFact(
        chain=chain,
        seq=row.seq,
        at=instant_text(_instant(row.at)),
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        before=_mapping(row.before),
        after=_mapping(row.after),
        reason=row.reason,
    )


def _instant(stored: object) -> datetime:
    """SQLite keeps text without a zone, PostgreSQL an instant; both mean UTC."""
    instant = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    if not isinstance(instant, datetime):
        raise TypeError("not an instant")
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _mapping(stored: str | None) -> Mapping[str, Any] | None:
    """Read kept JSON; text the portal would have written otherwise (a space, another order) raises ``ValueError``."""
    if stored is None:
        return None
    value = json.loads(stored)
    if not isinstance(value, dict) or canonical(value).decode("ascii") != stored:
        raise ValueError("not the portal's own writing")
    return value
