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
from db.models.reference import CalendarDay, CodeItem, Setting, StaffMember
from db.models.rollups import DailyReceipt, HouseholdMonth, ReceivableCell

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
    "HouseholdMonth",
    "ImportBatch",
    "ImportChange",
    "ImportFile",
    "Intent",
    "JournalEntry",
    "JournalLine",
    "MoneyRequest",
    "Occupancy",
    "Payment",
    "ReceivableCell",
    "Reversal",
    "Setting",
    "SignInAttempt",
    "StaffMember",
    "Tariff",
    "TariffPrice",
    "Unit",
    "UnitAccount",
    "User",
    "UserEstate",
    "UserRole",
    "UserSession",
]
