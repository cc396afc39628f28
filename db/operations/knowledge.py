"""Use cases of the knowledge base (知识库): entries are written, changed, retired, and used for cases (R-108)."""

from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import update

from core.admin.permissions import Permission
from core.complaints.knowledge import KNOWLEDGE_MOVES, KnowledgeRecord, KnowledgeState, check_knowledge, check_offered
from core.kernel.identity import CaseId, EstateId
from db.models import KnowledgeEntry
from db.operations.estates import changed_facts
from db.operations.service_access import require_case
from db.unit_of_work import EditConflict, NotFound, UnitOfWork, operation


@dataclass(frozen=True, slots=True)
class AddKnowledge:
    """A new entry; it is offered at once, in every estate."""

    record: KnowledgeRecord


@dataclass(frozen=True, slots=True)
class ChangeKnowledge:
    """Other words or another category of an entry."""

    entry_id: int
    version: int
    record: KnowledgeRecord


@dataclass(frozen=True, slots=True)
class MoveKnowledge:
    """Retire an entry, or offer it again."""

    entry_id: int
    version: int
    target: KnowledgeState


@dataclass(frozen=True, slots=True)
class UseKnowledge:
    """An entry was used to answer a case."""

    estate_id: EstateId
    case_id: CaseId
    entry_id: int


@operation(Permission.KNOWLEDGE_EDIT)
def add_knowledge(work: UnitOfWork, command: AddKnowledge) -> int:
    """Store an entry and give its number."""
    row = KnowledgeEntry(state=KnowledgeState.ACTIVE.value, uses=0, made_by=work.actor.user_id, made_at=work.now)
    _fill(row, check_knowledge(record=command.record))
    row.changed_at = work.now
    work.session.add(row)
    work.session.flush()
    work.record("knowledge.added", ("knowledge", row.id), after=_facts(row))
    return row.id


@operation(Permission.KNOWLEDGE_EDIT)
def change_knowledge(work: UnitOfWork, command: ChangeKnowledge) -> None:
    """Change what an entry says; the same words again change nothing. A retired one is offered again first."""
    row = _unchanged(work, command)
    check_offered(state=KnowledgeState(row.state))
    before = _facts(row)
    _fill(row, check_knowledge(record=command.record))
    changed = changed_facts(before, _facts(row))
    if changed[1]:
        row.changed_at = work.now
        work.record("knowledge.changed", ("knowledge", row.id), before=changed[0], after=changed[1])


@operation(Permission.KNOWLEDGE_EDIT)
def move_knowledge(work: UnitOfWork, command: MoveKnowledge) -> None:
    """Retire an entry or offer it again."""
    row = _unchanged(work, command)
    KNOWLEDGE_MOVES.check(source=KnowledgeState(row.state), target=command.target)
    before, row.state, row.changed_at = row.state, command.target.value, work.now
    work.record("knowledge.moved", ("knowledge", row.id), before={"state": before}, after={"state": row.state})


@operation(Permission.CASES_HANDLE)
def use_knowledge(work: UnitOfWork, command: UseKnowledge) -> None:
    """Count that an entry was used for a case. The version stays, so that nobody's open form turns stale."""
    case = require_case(work.session, work.actor, command.estate_id, command.case_id)
    row = _entry(work, command.entry_id)
    check_offered(state=KnowledgeState(row.state))
    used = update(KnowledgeEntry).where(KnowledgeEntry.id == row.id).values(uses=KnowledgeEntry.uses + 1)
    work.session.execute(used, execution_options={"synchronize_session": False})
    work.record("knowledge.used", ("case", case.id), estate=command.estate_id, after={"knowledge": row.id})


def _entry(work: UnitOfWork, entry_id: int) -> KnowledgeEntry:
    row = work.session.get(KnowledgeEntry, entry_id)
    if row is None:
        raise NotFound
    return row


def _unchanged(work: UnitOfWork, command: ChangeKnowledge | MoveKnowledge) -> KnowledgeEntry:
    row = _entry(work, command.entry_id)
    if row.version != command.version:
        raise EditConflict
    return row


def _fill(row: KnowledgeEntry, record: KnowledgeRecord) -> None:
    values = asdict(record)
    for name in ("category", "sub_category"):
        values[name] = values[name].value if values[name] else ""
    for name, value in values.items():
        setattr(row, name, value)


def _facts(row: KnowledgeEntry) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("category", "sub_category", "title", "problem", "answer")}
