"""Every page of the portal: where its script lies, what it is called, who may open it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.admin.permissions import Permission

PAGES_FOLDER: Final = Path(__file__).resolve().parents[1]


def N_(msgid: str) -> str:  # noqa: N802 (gettext's name for "translate later")
    """Mark a text for translation and give it back unchanged."""
    return msgid


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page: ``key`` is ``section.page`` and its script is ``pages/section/page.py``."""

    key: str
    title: str
    section: str
    icon: str
    permission: Permission
    has_period: bool = True
    has_estate: bool = True

    @property
    def script(self) -> Path:
        """The script's file."""
        return PAGES_FOLDER.joinpath(*self.key.split(".")).with_suffix(".py")

    @property
    def url_path(self) -> str:
        """The page's address."""
        return self.key.replace(".", "-").replace("_", "-")


_DESK = N_("Work")
_FEES = N_("Fees")
_SERVICE = N_("Customer service")
_SURVEYS = N_("Surveys")
_IMPROVEMENT = N_("Improvement")
_HOUSEHOLDS = N_("Households")
_ADMIN = N_("Administration")
_P = Permission

PAGES: Final[tuple[PageEntry, ...]] = (
    PageEntry("desk.today", N_("My desk"), _DESK, "home", _P.DESK_VIEW),
    PageEntry("fees.overview", N_("Fee overview"), _FEES, "monitoring", _P.FEES_VIEW),
    PageEntry("fees.payments", N_("Take a payment"), _FEES, "payments", _P.PAYMENTS_TAKE, has_period=False),
    PageEntry("fees.collections", N_("Collection ledger"), _FEES, "receipt_long", _P.FEES_VIEW),
    PageEntry("fees.bills", N_("Bills"), _FEES, "request_quote", _P.FEES_VIEW),
    PageEntry("fees.bill_runs", N_("Bill runs"), _FEES, "playlist_add_check", _P.FEES_VIEW),
    PageEntry("fees.requests", N_("Reversals and refunds"), _FEES, "undo", _P.REVERSALS_ASK, has_period=False),
    PageEntry("fees.tariffs", N_("Fee standards"), _FEES, "sell", _P.FEES_VIEW, has_period=False),
    PageEntry(
        "service.intake", N_("Register a matter"), _SERVICE, "support_agent", _P.CASES_REGISTER, has_period=False
    ),
    PageEntry("service.cases", N_("Complaints and feedback"), _SERVICE, "forum", _P.CASES_VIEW, has_period=False),
    PageEntry("service.requests", N_("Service requests"), _SERVICE, "build", _P.ORDERS_VIEW, has_period=False),
    PageEntry("service.insight", N_("Service insight"), _SERVICE, "insights", _P.SERVICE_INSIGHT),
    PageEntry(
        "service.knowledge",
        N_("Knowledge base"),
        _SERVICE,
        "menu_book",
        _P.CASES_VIEW,
        has_period=False,
        has_estate=False,
    ),
    PageEntry("surveys.entry", N_("Enter surveys"), _SURVEYS, "keyboard", _P.SURVEYS_ENTER, has_period=False),
    PageEntry("surveys.results", N_("Survey results"), _SURVEYS, "bar_chart", _P.SURVEYS_VIEW, has_period=False),
    PageEntry("surveys.call_backs", N_("Call-backs"), _SURVEYS, "phone_callback", _P.SURVEYS_FOLLOW, has_period=False),
    PageEntry("surveys.rounds", N_("Survey rounds"), _SURVEYS, "event_repeat", _P.SURVEYS_VIEW, has_period=False),
    PageEntry(
        "surveys.questionnaires",
        N_("Questionnaires"),
        _SURVEYS,
        "quiz",
        _P.SURVEYS_VIEW,
        has_period=False,
        has_estate=False,
    ),
    PageEntry(
        "improvement.measures",
        N_("Improvement measures"),
        _IMPROVEMENT,
        "trending_up",
        _P.MEASURES_VIEW,
        has_period=False,
    ),
    PageEntry("households.units", N_("Units"), _HOUSEHOLDS, "door_front", _P.UNITS_VIEW, has_period=False),
    PageEntry("households.customers", N_("Customers"), _HOUSEHOLDS, "groups", _P.CUSTOMERS_VIEW, has_period=False),
    PageEntry(
        "households.estates",
        N_("Estates"),
        _HOUSEHOLDS,
        "location_city",
        _P.ESTATES_VIEW,
        has_period=False,
        has_estate=False,
    ),
    PageEntry(
        "admin.imports", N_("Import centre"), _ADMIN, "upload_file", _P.IMPORTS_RUN, has_period=False, has_estate=False
    ),
    PageEntry("admin.staff", N_("Staff"), _ADMIN, "badge", _P.STAFF_VIEW, has_period=False, has_estate=False),
    PageEntry(
        "admin.users",
        N_("Users and roles"),
        _ADMIN,
        "manage_accounts",
        _P.USERS_VIEW,
        has_period=False,
        has_estate=False,
    ),
    PageEntry("admin.settings", N_("Settings"), _ADMIN, "tune", _P.SETTINGS_MAKE, has_period=False),
    PageEntry(
        "admin.calendar",
        N_("Working calendar"),
        _ADMIN,
        "calendar_month",
        _P.DESK_VIEW,
        has_period=False,
        has_estate=False,
    ),
    PageEntry("admin.audit", N_("Audit log"), _ADMIN, "policy", _P.AUDIT_VIEW, has_period=False),
    PageEntry(
        "admin.account", N_("My account"), _ADMIN, "account_circle", _P.DESK_VIEW, has_period=False, has_estate=False
    ),
)


def page_entry(key: str) -> PageEntry:
    """Find a page by its key; an unknown key is a bug and raises ``KeyError``."""
    return {entry.key: entry for entry in PAGES}[key]
