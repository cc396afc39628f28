"""Tables. Every table of an estate has ``(estate_id, id)`` as its key (ADR 0002); no methods live here."""

from db.models.access import SignInAttempt, User, UserEstate, UserRole, UserSession
from db.models.audit import AuditEntry
from db.models.base import Base
from db.models.customers import Customer, CustomerFlag, Occupancy
from db.models.estates import Building, Estate, EstateHead, Unit
from db.models.fees import (
    Allocation,
    Bill,
    BillRun,
    BillRunProblem,
    Intent,
    JournalEntry,
    JournalLine,
    MoneyRequest,
    Payment,
    Reversal,
    Tariff,
    TariffPrice,
    UnitAccount,
)
from db.models.imports import ImportBatch, ImportChange, ImportFile
from db.models.jobs import BackgroundJob
from db.models.measures import Measure, MeasureCause, MeasureEffect, MeasureStep
from db.models.reference import CalendarDay, CodeItem, Setting, StaffMember
from db.models.rollups import DailyReceipt, HouseholdMonth, ReceivableCell
from db.models.surveys import (
    ExternalResult,
    FollowUp,
    Questionnaire,
    QuestionnaireChoice,
    QuestionnaireItem,
    SurveyAnswer,
    SurveyCheck,
    SurveyRespondent,
    SurveyResponse,
    SurveyRound,
    SurveyTag,
    SurveyTally,
)

__all__ = [
    "Allocation",
    "AuditEntry",
    "BackgroundJob",
    "Base",
    "Bill",
    "BillRun",
    "BillRunProblem",
    "Building",
    "CalendarDay",
    "CodeItem",
    "Customer",
    "CustomerFlag",
    "DailyReceipt",
    "Estate",
    "EstateHead",
    "ExternalResult",
    "FollowUp",
    "HouseholdMonth",
    "ImportBatch",
    "ImportChange",
    "ImportFile",
    "Intent",
    "JournalEntry",
    "JournalLine",
    "Measure",
    "MeasureCause",
    "MeasureEffect",
    "MeasureStep",
    "MoneyRequest",
    "Occupancy",
    "Payment",
    "Questionnaire",
    "QuestionnaireChoice",
    "QuestionnaireItem",
    "ReceivableCell",
    "Reversal",
    "Setting",
    "SignInAttempt",
    "StaffMember",
    "SurveyAnswer",
    "SurveyCheck",
    "SurveyRespondent",
    "SurveyResponse",
    "SurveyRound",
    "SurveyTag",
    "SurveyTally",
    "Tariff",
    "TariffPrice",
    "Unit",
    "UnitAccount",
    "User",
    "UserEstate",
    "UserRole",
    "UserSession",
]
