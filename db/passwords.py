"""Password hashes: Argon2id for all we make, bcrypt only to let people in who were brought over (ADR 0004).

Checking takes 20 to 250 ms on purpose, so nobody calls this inside a transaction.
"""

import secrets
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from core.admin.passwords import normalise_password
from core.kernel.errors import BusinessError

_ARGON2: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_BCRYPT: Final = "$2"
_LONGEST_CHECKED: Final = 1024
"""Nobody's password is longer (a new one has at most 128 characters); more would only keep the computer busy."""

_CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_GROUPS: Final = 4
_CODE_GROUP: Final = 5
_READ_AS: Final = str.maketrans("OIL", "011", " -\t\r\n")


class CredentialsUnreadable(BusinessError):
    """The file is no credentials file of streamlit-authenticator. Field: ``username`` where one entry is wrong."""

    code: ClassVar[str] = "credentials.unreadable"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right, and the hash to keep from now on when the old one is of a weaker kind."""

    right: bool
    better_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """One person of a streamlit-authenticator credentials file. The hash is bcrypt."""

    username: str
    display_name: str
    password_hash: str


def hash_password(password: str) -> str:
    """Hash a password with Argon2id (19 MiB, 2 passes, 1 lane) and a fresh salt."""
    return _ARGON2.hash(normalise_password(password))


def check_password_hash(stored: str | None, password: str) -> Verdict:
    """Say whether a password belongs to a stored hash.

    Without a stored hash the same work is done against one nobody has the password of, and the answer is no: an
    unknown user costs the same time as a known one (T4).
    """
    wanted = normalise_password(password[:_LONGEST_CHECKED])
    if stored is not None and stored.startswith(_BCRYPT):
        right = _check_bcrypt(stored, password)
        return Verdict(right, hash_password(wanted) if right else None)
    right = _check_argon2(stored or nobodys_hash(), wanted) and stored is not None
    return Verdict(right, hash_password(wanted) if right and _ARGON2.check_needs_rehash(str(stored)) else None)


@cache
def nobodys_hash() -> str:
    """The hash of a random password that was thrown away; made once at the start."""
    return _ARGON2.hash(secrets.token_urlsafe(32))


def get_ready(*, brought_over: bool) -> None:
    """Do at the start what would make the first sign-in slower than others, and tell something by that."""
    nobodys_hash()
    if brought_over:
        import streamlit_authenticator.utilities.hasher  # noqa: F401


def is_brought_over(stored: str) -> bool:
    """Say whether a hash is bcrypt, as streamlit-authenticator keeps it."""
    from streamlit_authenticator.utilities.hasher import Hasher

    return bool(Hasher.is_hash(stored))


def read_credentials(text: str) -> tuple[Credential, ...]:
    """Read a streamlit-authenticator credentials file (YAML); plain passwords in it are refused, not hashed."""
    import yaml  # type: ignore[import-untyped]

    try:
        people = yaml.safe_load(text)["credentials"]["usernames"]
        found = tuple(_credential(str(name), dict(person)) for name, person in people.items())
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CredentialsUnreadable(username="") from error
    for credential in found:
        if not is_brought_over(credential.password_hash):
            raise CredentialsUnreadable(username=credential.username)
    return found


def new_code() -> str:
    """Make a one-time code for a person to type: 100 random bits, in groups, without letters that look alike."""
    signs = (secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_GROUPS * _CODE_GROUP))
    text = "".join(signs)
    return "-".join(text[at : at + _CODE_GROUP] for at in range(0, len(text), _CODE_GROUP))


def typed_code(text: str) -> str:
    """Give a typed code the form it was made in: capitals, groups, O read as 0, I and L as 1."""
    signs = text.upper().translate(_READ_AS)
    return "-".join(signs[at : at + _CODE_GROUP] for at in range(0, len(signs), _CODE_GROUP))


def _check_argon2(stored: str, password: str) -> bool:
    try:
        return _ARGON2.verify(stored, password)
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


def _check_bcrypt(stored: str, password: str) -> bool:
    from streamlit_authenticator.utilities.hasher import Hasher

    try:
        return bool(Hasher.check_pw(password, stored))
    except ValueError:  # beyond 72 bytes: bcrypt cannot have made this hash from it
        return False


def _credential(username: str, person: dict[str, object]) -> Credential:
    parts = (str(person.get("first_name") or ""), str(person.get("last_name") or ""))
    name = str(person.get("name") or " ".join(part for part in parts if part) or username)
    return Credential(username, name, str(person["password"]))
