"""What is open in the demonstration company when somebody looks at it in the morning: in every state and colour.

All of it is told in hours before the moment of loading; the steps after the last one named have not been taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

from core.complaints.taxonomy import CaseChannel, Emotion, RecordType, SubCategory, category_of
from core.kernel.periods import CHINA
from core.work_orders.kinds import PublicSystem, WorkChannel, WorkKind
from db.jobs import demo_service_words as words
from db.jobs.demo_habits import TROUBLED
from db.jobs.demo_plan import Company
from db.jobs.demo_request_plan import PlannedOrder, WorkExtra, request_words
from db.jobs.demo_service_plan import Chooser, Extra, PlannedCase, fitting, label_of

_S, _X, _W, _K, _Y = SubCategory, Extra, WorkKind, WorkExtra, PublicSystem
_CALM, _QUESTION = RecordType.SUGGESTION, RecordType.INQUIRY
OLD, NEW, MIXED = 0, TROUBLED, 2
_LEAST: Final = 14
"""So many of each are open however small the company."""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """Hours ago: registered, assigned, answered, planned, done, called back."""

    place: int
    sub: SubCategory
    hours: tuple[float, ...]
    record_type: RecordType = RecordType.COMPLAINT
    extras: tuple[Extra, ...] = ()
    anonymous: bool = False
    is_public: bool = False


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """Hours ago: submitted, sorted, assigned, answered, done, reported back."""

    place: int
    kind: WorkKind
    hours: tuple[float, ...]
    failure: PublicSystem | None = None
    extras: tuple[WorkExtra, ...] = ()
    is_public: bool = False


CASES: Final = (
    OpenCase(NEW, _S.LIFT, (1.6, 1.4, 0.5), is_public=True),
    OpenCase(OLD, _S.NOISE, (330, 328)),
    OpenCase(NEW, _S.SLOW_RESPONSE, (440, 437, 430, 420)),
    OpenCase(OLD, _S.PARKING, (30.5, 29), is_public=True),
    OpenCase(NEW, _S.DAMAGE, (92, 90, 84, 80), extras=(_X.ASKED, _X.PHOTO)),
    OpenCase(OLD, _S.CLEANING, (2.5,)),
    OpenCase(MIXED, _S.UNCLEAR_STANDARD, (1.2,), extras=(_X.LATER,)),
    OpenCase(OLD, _S.RATE_LEVEL, (98, 97, 90, 86, 20), extras=(_X.BILL,)),
    OpenCase(MIXED, _S.VISITOR, (22.4, 21)),
    OpenCase(NEW, _S.POWER, (26.5, 26)),
    OpenCase(OLD, _S.PUBLIC_FACILITY, (26, 25, 20), _CALM),
    OpenCase(NEW, _S.ATTITUDE, (112, 110, 104, 99, 62, 5)),
    OpenCase(OLD, _S.QUALITY, (2.2,), RecordType.PRAISE),
    OpenCase(NEW, _S.WASTE, (70, 68, 60, 50)),
    OpenCase(MIXED, _S.BILL_ERROR, (455, 452, 445, 430), extras=(_X.BILL,)),
    OpenCase(OLD, _S.DAMAGE, (100, 98, 90, 85)),
    OpenCase(NEW, _S.NOISE, (20, 18.5, 16, 12)),
    OpenCase(MIXED, _S.PARKING, (3.1,), _QUESTION),
    OpenCase(OLD, _S.SECURITY, (36, 34)),
    OpenCase(NEW, _S.ACCESS, (6.5, 6)),
    OpenCase(MIXED, _S.ACCESS, (8, 7, 2)),
    OpenCase(OLD, _S.WASTE, (118, 116, 108, 100, 42)),
    OpenCase(NEW, _S.CLEANING, (21.3, 20), is_public=True),
    OpenCase(OLD, _S.NEIGHBOURS, (165, 163, 150, 140)),
    OpenCase(NEW, _S.RULES, (4.4,)),
    OpenCase(MIXED, _S.POLICY, (48, 46, 30), _QUESTION),
    OpenCase(OLD, _S.GREENING, (12, 11, 3, 2)),
    OpenCase(NEW, _S.QUALITY, (175, 173, 160, 150, 79)),
    OpenCase(OLD, _S.SLOW_RESPONSE, (5.2, 4.8, 2.1)),
    OpenCase(MIXED, _S.NOISE, (27.2,), anonymous=True),
    OpenCase(OLD, _S.PARKING, (71, 69, 60, 55), is_public=True),
    OpenCase(NEW, _S.COMMUNICATION, (130, 128, 120, 110), extras=(_X.HELPED,)),
    OpenCase(OLD, _S.ATTITUDE, (90, 88, 80, 76, 9)),
    OpenCase(NEW, _S.PARKING, (15, 14)),
)
"""The most telling ones first, because a small company shows only these."""

ORDERS: Final = (
    OpenOrder(NEW, _W.REPAIR, (3.2, 3.1, 3.0, 2.6), _Y.WATER, is_public=True),
    OpenOrder(OLD, _W.REPAIR, (0.9, 0.8, 0.7, 0.4), _Y.POWER, (_K.NOTICE,), is_public=True),
    OpenOrder(OLD, _W.REPAIR, (0.6,)),
    OpenOrder(NEW, _W.REPAIR, (2.1, 1.8)),
    OpenOrder(MIXED, _W.REPAIR, (26, 25, 24.5, 23), extras=(_K.VISIT,)),
    OpenOrder(OLD, _W.REPAIR, (52, 51, 50, 48), extras=(_K.ASKED, _K.FAILED_TO_REPORT)),
    OpenOrder(NEW, _W.REPAIR, (5.5, 5.2, 5)),
    OpenOrder(OLD, _W.CLEANING, (1.4,), is_public=True),
    OpenOrder(NEW, _W.REPAIR, (9, 8.6, 8.2, 6.5), extras=(_K.VISIT,)),
    OpenOrder(MIXED, _W.REPAIR, (22.6, 22, 21.5, 20)),
    OpenOrder(OLD, _W.REPAIR, (20, 19.5, 19, 17, 2)),
    OpenOrder(NEW, _W.REPAIR, (24, 23.5, 23, 21, 5, 3)),
    OpenOrder(OLD, _W.OTHER, (3.6,)),
    OpenOrder(MIXED, _W.CLEANING, (6, 5.5, 5, 4), is_public=True),
    OpenOrder(OLD, _W.REPAIR, (2.6, 2.3, 2)),
    OpenOrder(OLD, _W.REPAIR, (7.5, 7, 6.6, 5), extras=(_K.VISIT,)),
    OpenOrder(NEW, _W.GREENING, (30, 29, 28, 10)),
    OpenOrder(NEW, _W.REPAIR, (1.1,)),
    OpenOrder(MIXED, _W.REPAIR, (3.4, 3.1, 2.9, 1)),
    OpenOrder(OLD, _W.CLEANING, (49.5, 48, 47, 30)),
    OpenOrder(NEW, _W.REPAIR, (30, 29.5, 29, 27, 25, 8)),
    OpenOrder(OLD, _W.REPAIR, (28, 27.6, 27, 25.5), extras=(_K.VISIT, _K.LATER_WISH)),
    OpenOrder(MIXED, _W.OTHER, (8.1, 7.6)),
    OpenOrder(NEW, _W.CLEANING, (10, 9.5, 9, 7, 1.5)),
    OpenOrder(OLD, _W.GREENING, (27, 26)),
    OpenOrder(NEW, _W.REPAIR, (6.1, 5.8, 5.6, 4), extras=(_K.VISIT,)),
    OpenOrder(MIXED, _W.REPAIR, (14, 13.6, 13, 11, 4)),
    OpenOrder(OLD, _W.REPAIR, (11, 10.6, 10, 8), extras=(_K.VISIT, _K.PHOTOS)),
    OpenOrder(NEW, _W.OTHER, (4.3, 4, 3.8)),
    OpenOrder(OLD, _W.REPAIR, (40, 39.5, 39, 37, 30, 26)),
    OpenOrder(NEW, _W.REPAIR, (21.8, 21.5, 21, 19)),
    OpenOrder(MIXED, _W.REPAIR, (1.9, 1.6, 1.3)),
    OpenOrder(OLD, _W.REPAIR, (4.7, 4.4, 4, 2.5), extras=(_K.VISIT,)),
    OpenOrder(NEW, _W.CLEANING, (2.9, 2.7)),
    OpenOrder(OLD, _W.REPAIR, (8.8, 8.4, 8)),
    OpenOrder(MIXED, _W.CLEANING, (33, 32, 31, 28, 6)),
)
_SAID_AT_NIGHT: Final = (CaseChannel.HOTLINE, CaseChannel.WECHAT, CaseChannel.APP, CaseChannel.MINI_PROGRAM)
_ASKED_AT_NIGHT: Final = (WorkChannel.HOTLINE, WorkChannel.WECHAT, WorkChannel.APP, WorkChannel.MINI_PROGRAM)
_SAID_BY_DAY: Final = (CaseChannel.PHONE, CaseChannel.FRONT_DESK, CaseChannel.WECHAT, CaseChannel.PHONE)
_ASKED_BY_DAY: Final = (WorkChannel.PHONE, WorkChannel.WECHAT, WorkChannel.FRONT_DESK, WorkChannel.PHONE)


def open_cases(company: Company, now: datetime, *, scale: int = 1) -> tuple[PlannedCase, ...]:
    """Give the cases that are open now."""
    choosers = [Chooser(company, place, "today") for place in range(len(company.estates))]
    kept = CASES[: max(_LEAST, len(CASES) // scale)]
    return tuple(_case(choosers[one.place], one, number, now) for number, one in enumerate(kept))


def open_orders(company: Company, now: datetime, *, scale: int = 1) -> tuple[PlannedOrder, ...]:
    """Give the requests that are open now."""
    choosers = [Chooser(company, place, "today/orders") for place in range(len(company.estates))]
    kept = ORDERS[: max(_LEAST, len(ORDERS) // scale)]
    return tuple(_order(choosers[one.place], one, number, now) for number, one in enumerate(kept))


def _times(now: datetime, hours: tuple[float, ...]) -> Iterator[datetime]:
    return (now - timedelta(hours=hour) for hour in hours)


def _case(chooser: Chooser, one: OpenCase, number: int, now: datetime) -> PlannedCase:
    at, *steps = _times(now, one.hours)
    home, label = _home(chooser, at)
    text, claim = _said(chooser.chance, one)
    spot = ""
    if one.is_public:
        places = (words.LIFT_PLACE,) if one.sub is SubCategory.LIFT else words.PLACES[category_of(one.sub).value]
        spot = places[number % len(places)].format(b=label)
    by_day = 8 <= at.astimezone(CHINA).hour < 20
    return PlannedCase(
        place=one.place,
        record_type=one.record_type,
        sub=one.sub,
        text=text.format(b=label, e=words.ENTRANCE.format(entrance=1)),
        claim=claim,
        at=at,
        steps=tuple(steps) or (now + timedelta(hours=3),),
        unit=home,
        spot=spot,
        channel=(_SAID_BY_DAY if by_day else _SAID_AT_NIGHT)[number % len(_SAID_BY_DAY)],
        emotion=(Emotion.DISSATISFIED, Emotion.ANGRY, Emotion.ANXIOUS, Emotion.CALM)[number % 4],
        anonymous=one.anonymous,
        turn=number,
        extras=frozenset(one.extras),
    )


def _said(chance: Random, one: OpenCase) -> tuple[str, str]:
    texts = {
        RecordType.COMPLAINT: words.COMPLAINTS, _QUESTION: words.INQUIRIES, _CALM: words.SUGGESTIONS,
        RecordType.PRAISE: words.PRAISE,
    }  # fmt: skip
    return chance.choice(fitting(texts[one.record_type][one.sub.value], one.place))


def _order(chooser: Chooser, one: OpenOrder, number: int, now: datetime) -> PlannedOrder:
    at, *steps = _times(now, one.hours)
    home, label = _home(chooser, at)
    by_day = 8 <= at.astimezone(CHINA).hour < 20
    is_public = one.is_public or one.kind is WorkKind.GREENING
    if one.failure is not None:
        content, done = words.FAILURES[one.failure.value][:2]
        cause, materials = "wear", tuple[tuple[str, str, str, str], ...]()
    else:
        content, done, cause, materials = request_words(chooser.chance, one.kind, is_public=is_public)
    place = words.PLACES["environ" if one.kind is WorkKind.CLEANING else "facility"][0].format(b=label)
    return PlannedOrder(
        place=one.place,
        kind=one.kind,
        content=content.format(b=label),
        done=done,
        at=at,
        steps=tuple(steps) or (now + timedelta(hours=3),),
        failure=one.failure,
        cause=cause,
        materials=materials,
        unit=home,
        spot=place if is_public else "",
        channel=(_ASKED_BY_DAY if by_day else _ASKED_AT_NIGHT)[number % len(_ASKED_BY_DAY)],
        households=24 if one.failure is not None else 1,
        turn=number,
        extras=frozenset(one.extras),
    )


def _home(chooser: Chooser, at: datetime) -> tuple[int, str]:
    home = chooser.home(at.astimezone(CHINA).date())
    return home, label_of(chooser.company.estates[chooser.place].units[home])
