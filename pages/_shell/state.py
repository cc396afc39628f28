"""Session state through typed accessors, and the filter in the address (convention 16)."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import streamlit as st

from core.kernel.periods import Month
from db.queries.sessions import LiveSession

_OUTCOME = "shell.outcome"
_RECORD = "shell.record"
_OWNER = "shell.owner"
_ESTATE = "shell.estate"
_MONTH = "shell.month"
_HANDED = "shell.handed"


def keep_for(owner: str) -> None:
    """Bind this Streamlit session to one signed-in session; state that belongs to another is thrown away (T1)."""
    if st.session_state.get(_OWNER, owner) != owner:
        st.session_state.clear()
    st.session_state[_OWNER] = owner


def hand_over(token: str, session: LiveSession) -> None:
    """Hand what the portal's script has just read to the page it runs, so that it is read once a run."""
    st.session_state[_HANDED] = (token, session)


def take_handed(token: str) -> LiveSession | None:
    """Take what was handed over in this run, once; nothing when it belongs to another token."""
    handed, session = st.session_state.pop(_HANDED, (None, None))
    return session if handed == token else None


def put_outcome(message: str, **record: int) -> None:
    """Keep what a command came to – a sentence, and the record to open – in one step, for the next run to show.

    A further click may end this run at any later touch of the state; what is kept here is then shown all the same.
    """
    st.session_state[_OUTCOME] = (message, record)


def take_outcome(page: str) -> str | None:
    """Give the kept sentence once, and open its record – in the address, and kept for this page beside it.

    A click that was under way carries the address of before, so the address alone could lose the record again.
    """
    message, record = st.session_state.get(_OUTCOME, (None, {}))
    if record:
        st.session_state[_RECORD] = (page, record)
    elif st.session_state.get(_RECORD, (page, {}))[0] != page:
        st.session_state.pop(_RECORD)
    open_record(**record)
    st.session_state.pop(_OUTCOME, None)
    return message or None


def keep(name: str, values: dict[str, Any]) -> None:
    """Keep what is in the widgets of a form or header: Streamlit forgets them on another page."""
    st.session_state[f"kept.{name}"] = values


def kept(name: str, usual: dict[str, Any]) -> dict[str, Any]:
    """Give what was kept under a name."""
    values: dict[str, Any] = st.session_state.get(f"kept.{name}", usual)
    return values


def intent(form: str) -> str:
    """Give the number of a form's money command; it stays the same until :func:`renew_intent` (R3, R4)."""
    key = f"intent.{form}"
    if key not in st.session_state:
        st.session_state[key] = uuid4().hex
    number: str = st.session_state[key]
    return number


def renew_intent(form: str) -> None:
    """Give the form a fresh number, after its command was carried out."""
    st.session_state.pop(f"intent.{form}", None)


@dataclass(frozen=True, slots=True)
class ChosenFilter:
    """What the address says about estate (its code) and month."""

    estate_code: str | None
    month: Month | None


def chosen_filter() -> ChosenFilter:
    """Read the filter from the address, else from what was chosen before on another page."""
    estate = st.query_params.get("estate") or st.session_state.get(_ESTATE)
    month = st.query_params.get("month") or st.session_state.get(_MONTH)
    return ChosenFilter(estate or None, _month(month))


ESTATE_PICKER = "shell.filter.estate"
MONTH_PICKER = "shell.filter.month"


def take_picked() -> None:
    """Take what was picked in the filter bar over into the address (a callback: runs before the page)."""
    month = st.session_state.get(MONTH_PICKER) or st.session_state.get(_MONTH)
    keep_filter(st.session_state.get(ESTATE_PICKER), _month(month))


def set_picker(key: str, value: str | None) -> None:
    """Make a picker show what the address says."""
    if st.session_state.get(key) != value:
        st.session_state[key] = value


def keep_filter(estate_code: str | None, month: Month | None) -> None:
    """Write the filter into the address and keep it for other pages."""
    for name, key, value in (("estate", _ESTATE, estate_code), ("month", _MONTH, str(month) if month else None)):
        st.session_state[key] = value
        if value is None:
            st.query_params.pop(name, None)
        elif st.query_params.get(name) != value:
            st.query_params[name] = value


def _month(text: str | None) -> Month | None:
    parts = (text or "").split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    year, month = (int(part) for part in parts)
    return Month(year, month) if 2000 <= year < 2100 and 1 <= month <= 12 else None


def record_in_address(name: str) -> str | None:
    """The id of the record the address names (``?bill=12``), or nothing."""
    return st.query_params.get(name)


def open_record(**record: int) -> None:
    """Name the record to open in the address (``?batch=12``), as one step of the browser's way back."""
    if record:
        st.query_params.update({name: str(number) for name, number in record.items()})


def close_record(*names: str) -> None:
    """Take the record out of the address, back to the list, as one step of the browser's way back."""
    st.session_state.pop(_RECORD, None)
    address = st.query_params.to_dict()
    if not address.keys().isdisjoint(names):
        st.query_params.from_dict({name: said for name, said in address.items() if name not in names})


def number_in_address(name: str) -> int | None:
    """The number of the record the address names (or that a command just opened here), if there is one."""
    kept = st.session_state.get(_RECORD, ("", {}))[1].get(name, "")
    text = record_in_address(name) or str(kept)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
