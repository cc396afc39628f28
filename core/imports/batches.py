"""The life of one import: uploaded, checked, written, perhaps undone; and when each step is refused (R-012, R9)."""

from enum import StrEnum
from typing import ClassVar, Final

from core.customers.profiles import CustomerDetails
from core.imports.specs import Belongs, KindSpec
from core.kernel.errors import BusinessError
from core.kernel.lifecycle import Transitions


class BatchState(StrEnum):
    """Where an import stands. ``working`` while a job reads or writes it."""

    UPLOADED = "uploaded"
    WORKING = "working"
    CHECKED = "checked"
    REFUSED = "refused"
    DONE = "done"
    UNDONE = "undone"
    DISCARDED = "discarded"


S = BatchState
STEPS: Final = Transitions(
    {
        S.UPLOADED: frozenset({S.WORKING, S.DISCARDED}),
        S.WORKING: frozenset({S.CHECKED, S.REFUSED, S.DONE}),
        S.CHECKED: frozenset({S.WORKING, S.DISCARDED}),
        S.REFUSED: frozenset({S.WORKING, S.DISCARDED}),
        S.DONE: frozenset({S.UNDONE}),
        S.UNDONE: frozenset(),
        S.DISCARDED: frozenset(),
    }
)


class PreviewOutdated(BusinessError):
    """What the import would do changed since it was checked; it must be checked again (R9)."""

    code: ClassVar[str] = "imports.preview_outdated"


class BadRowsLeft(BusinessError):
    """Some rows have problems, and nobody chose to leave them out."""

    code: ClassVar[str] = "imports.bad_rows_left"


class NothingToImport(BusinessError):
    """Nothing would be created or changed."""

    code: ClassVar[str] = "imports.nothing"


class UndoRefused(BusinessError):
    """A row was changed or used since the import, so taking the import back would lose that."""

    code: ClassVar[str] = "imports.undo_refused"


class PersonTwice(BusinessError):
    """Two rows of the file say different things about one person; one of them must be wrong."""

    code: ClassVar[str] = "imports.person_twice"


class TargetRefused(BusinessError):
    """A file of this kind belongs to one thing on file (answers to a survey round), and that was not given."""

    code: ClassVar[str] = "imports.target"


class EstateNeeded(BusinessError):
    """A file of this kind belongs to an estate, and to nothing else."""

    code: ClassVar[str] = "imports.estate_needed"


def check_target(*, spec: KindSpec, given: Belongs) -> None:
    """Raise ``TargetRefused`` or ``EstateNeeded`` unless exactly what the kind belongs to is given."""
    if spec.belongs_to is given:
        return
    raise EstateNeeded if spec.belongs_to is Belongs.ESTATE else TargetRefused


def check_commit(*, created: int, changed: int, problems: int, skip_bad_rows: bool) -> None:
    """Raise unless there is something to write and every bad row is left out by explicit choice."""
    if problems and not skip_bad_rows:
        raise BadRowsLeft(count=problems)
    if not created and not changed:
        raise NothingToImport


def check_digest(*, previewed: str, present: str) -> None:
    """Raise ``PreviewOutdated`` unless the import would do now exactly what was shown."""
    if previewed != present:
        raise PreviewOutdated


def check_same_person(*, said: CustomerDetails, before: CustomerDetails | None, row: int) -> None:
    """Raise ``PersonTwice`` when an earlier row said something else about the person this row speaks of."""
    if before is not None and before != said:
        raise PersonTwice(row=row)
