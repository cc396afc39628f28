"""What may be done with a request next, and whether the person asking may (domain.md §5; R-112, R-115, R-117).

It tells what to offer; the operations (``db.operations.work_moves``) ask again, and a test holds the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from core.admin.permissions import Actor, Permission
from core.kernel.identity import UserId
from core.work_orders.facts import WorkFacts, WorkStepData
from core.work_orders.handling_steps import HandlerAnswer, WorkAssignment, WorkClassification, WorkTransfer
from core.work_orders.lifecycle import data_for, next_work_steps
from core.work_orders.outcome_steps import Cancellation, Execution, ReportBack, WorkClosing, WorkReopening
from core.work_orders.states import MOVABLE, WorkState, is_ended, running_clocks

_P: Final = Permission


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """How somebody stands to a request; ``done_by``: the user who entered that it was carried out.

    ``forgotten``: the request was anonymised and has ended for good.
    """

    actor: Actor
    facts: WorkFacts
    done_by: UserId | None = None
    forgotten: bool = False

    def any_of(self, *permissions: Permission) -> bool:
        """Say whether the person has one of the permissions in the request's estate."""
        return any(self.actor.may_at(permission, self.facts.estate) for permission in permissions)

    @property
    def handles(self) -> bool:
        """Say whether the person carries it out, and may work on requests here."""
        is_own = self.actor.staff is not None and self.actor.staff == self.facts.handler
        return is_own and self.any_of(_P.ORDERS_WORK)

    @property
    def sorts(self) -> bool:
        """Say whether the person takes requests in and sees all of them: front desk and supervisor."""
        return self.any_of(_P.ORDERS_REGISTER) and self.any_of(_P.ORDERS_ALL)


@dataclass(frozen=True, slots=True)
class NextOrderStep:
    """A step to another state, the kind of data it is entered with, and whether the person may take it."""

    target: WorkState
    data: type[WorkStepData]
    permitted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderActs:
    """What this person may do that leads to no other state by itself.

    ``report``: tell the line above why a limit was missed (R-115). ``book``: agree on a time; ``arrange``: confirm,
    move or end the one there is. ``rate``: enter the customer's rating; nobody rates work he or she did or entered.
    ``draft``: change the drafts of event and notice; ``release``: give them out or drop them. ``hold``: lay a legal
    hold on it, or end it.
    """

    edit: bool
    reclassify: bool
    transfer: bool
    report: bool
    book: bool
    arrange: bool
    rate: bool
    draft: bool
    release: bool
    hold: bool


NO_ACTS: Final = OrderActs(
    edit=False,
    reclassify=False,
    transfer=False,
    report=False,
    book=False,
    arrange=False,
    rate=False,
    draft=False,
    release=False,
    hold=False,
)

_MAY: Final[Mapping[type[WorkStepData], Callable[[OrderStanding], bool]]] = {
    WorkClassification: lambda who: who.sorts,
    WorkAssignment: lambda who: who.any_of(_P.ORDERS_ASSIGN),
    HandlerAnswer: lambda who: who.handles or who.any_of(_P.ORDERS_ASSIGN),
    Execution: lambda who: who.handles or who.any_of(_P.ORDERS_ASSIGN),
    ReportBack: lambda who: who.handles or who.any_of(_P.ORDERS_CLOSE),
    WorkClosing: lambda who: who.any_of(_P.ORDERS_CLOSE),
    WorkReopening: lambda who: who.any_of(_P.ORDERS_CLOSE),
    Cancellation: lambda who: who.any_of(_P.ORDERS_ASSIGN, _P.ORDERS_CLOSE),
}


def steps_of_order(standing: OrderStanding) -> tuple[NextOrderStep, ...]:
    """List the steps that people may take from here, in order. A transfer keeps the state as a rule and is an act."""
    if standing.forgotten:
        return ()
    source = standing.facts.state
    found = ((target, data_for(source=source, target=target)) for target in next_work_steps(facts=standing.facts))
    return tuple(NextOrderStep(to, data, _MAY[data](standing)) for to, data in found if data is not WorkTransfer)


def acts_on_order(standing: OrderStanding, *, report_needed: bool, booked: bool) -> OrderActs:
    """Say what else the person may do; ``booked``: an appointment stands."""
    if standing.forgotten:
        return NO_ACTS
    facts, state = standing.facts, standing.facts.state
    is_open, is_new = not is_ended(state), state is WorkState.SUBMITTED
    arranges, assigns = standing.handles or standing.sorts, standing.any_of(_P.ORDERS_ASSIGN)
    return OrderActs(
        edit=is_new and standing.any_of(_P.ORDERS_REGISTER),
        reclassify=is_open and not is_new and standing.sorts,
        transfer=state in MOVABLE and assigns,
        report=report_needed and (standing.handles or standing.any_of(_P.ORDERS_ASSIGN, _P.ORDERS_CLOSE)),
        book=bool(running_clocks(state)) and facts.failure is None and not booked and arranges,
        arrange=booked and arranges,
        rate=standing.any_of(_P.ORDERS_CLOSE) and not _did_it(standing),
        draft=standing.handles or assigns,
        release=assigns,
        hold=standing.any_of(_P.ORDERS_CLOSE),
    )


def _did_it(standing: OrderStanding) -> bool:
    """Whether the person carried it out, or entered that somebody had."""
    actor, handler = standing.actor, standing.facts.handler
    is_own = actor.staff is not None and actor.staff == handler
    return is_own or (standing.done_by is not None and standing.done_by == actor.user_id)
