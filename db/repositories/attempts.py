"""Failed sign-ins, counted per user name and per address (T4). The rows hold no user names, only their index."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from core.admin.throttle import PER_ADDRESS, PER_USER, Throttle, failures_after, retry_after
from db.keys import KeyRing
from db.models import SignInAttempt

_SECOND: Final = timedelta(seconds=1)
Counter = tuple[str, Throttle]


def user_counter(keys: KeyRing, username: str) -> Counter:
    """The counter of a user name, known or not (people type passwords into this field, so it is never kept)."""
    return f"user:{keys.index(username, field='sign_in').hex()}", PER_USER


def address_counter(address: str) -> Counter:
    """The counter of a network address."""
    return f"address:{address}"[:100].replace("\x00", ""), PER_ADDRESS


def seconds_to_wait(session: Session, counters: tuple[Counter, ...], now: datetime) -> int:
    """How long the next try has to wait, in whole seconds rounded up; 0 lets it through."""
    longest = 0
    for key, limits in counters:
        row = session.get(SignInAttempt, key)
        if row is None:
            continue
        wait = retry_after(failures=row.failures, last_failed_at=row.last_failed_at, now=now, limits=limits)
        longest = max(longest, -(-wait // _SECOND))
    return longest


def count_failure(session: Session, counters: tuple[Counter, ...], now: datetime) -> None:
    """Count one failure on each counter, and forget counters that have been quiet long enough."""
    quiet = max(limits.quiet for _, limits in counters)
    session.execute(
        delete(SignInAttempt).where(SignInAttempt.last_failed_at <= now - quiet),
        execution_options={"synchronize_session": False},
    )
    session.expire_all()
    for key, limits in counters:
        row = session.get(SignInAttempt, key)
        if row is None:
            session.add(SignInAttempt(key=key, failures=1, last_failed_at=now))
            continue
        row.failures = failures_after(failures=row.failures, last_failed_at=row.last_failed_at, now=now, limits=limits)
        row.last_failed_at = now


def forgive(session: Session, user: Counter, address: Counter) -> None:
    """Take a counted failure back: the user name starts afresh, the address loses this one only.

    An address is not cleared, or a guesser with one good account could wash it clean between guesses.
    """
    session.execute(delete(SignInAttempt).where(SignInAttempt.key == user[0]))
    row = session.get(SignInAttempt, address[0])
    if row is not None and row.failures > 1:
        row.failures -= 1
    elif row is not None:
        session.delete(row)
