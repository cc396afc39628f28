"""Keys and sealed values: AES-256-GCM for personal fields, HMAC for finding them again (security.md §5)."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION: Final = 1
_NONCE: Final = 12
_SECRET_BYTES: Final = 32


class KeyFileError(RuntimeError):
    """The key file is missing, open to others, or lies beside the data; the portal does not start."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of one company: one to seal, one (separate) to index."""

    key_id: int
    seal_key: bytes = field(repr=False)
    index_key: bytes = field(repr=False)

    def seal(self, value: str, *, place: str) -> bytes:
        """Encrypt a text for one place (``table.column:row``); a sealed value moved elsewhere does not open."""
        return self.seal_bytes(value.encode(), place=place)

    def open(self, sealed: bytes, *, place: str) -> str:
        """Decrypt what :meth:`seal` made for the same place; anything else raises ``InvalidTag``."""
        return self.open_bytes(sealed, place=place).decode()

    def seal_bytes(self, content: bytes, *, place: str) -> bytes:
        """Encrypt bytes, as of a photo, for one place."""
        nonce = secrets.token_bytes(_NONCE)
        body = AESGCM(self.seal_key).encrypt(nonce, content, place.encode())
        return bytes((VERSION, self.key_id)) + nonce + body

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes:
        """Decrypt what :meth:`seal_bytes` made for the same place; anything else raises ``InvalidTag``."""
        nonce, body = sealed[2 : 2 + _NONCE], sealed[2 + _NONCE :]
        return AESGCM(self.seal_key).decrypt(nonce, body, place.encode())

    def index(self, value: str, *, field: str) -> bytes:
        """Give the blind index of a normalised value: equal values give equal indexes, and nothing else shows."""
        return hmac.digest(self.index_key, f"{field}\x1f{value}".encode(), "sha256")

    def token(self, value: str) -> str:
        """A short stand-in for a personal value in the audit log: shows that it changed, never what it was."""
        return "#" + self.index(value, field="audit").hex()[:12]


def new_key_file(path: Path) -> None:
    """Write fresh keys to a file only its owner may read. An existing file is left alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    content = {
        "key_id": 1,
        "seal": secrets.token_hex(_SECRET_BYTES),
        "index": secrets.token_hex(_SECRET_BYTES),
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(content), encoding="ascii")


def load_keys(path: Path, *, data_folder: Path) -> KeyRing:
    """Read the key file; raise ``KeyFileError`` when it is missing, readable by others or inside the data folder."""
    if not path.is_file():
        raise KeyFileError(f"no key file at {path}")
    if data_folder.resolve() in path.resolve().parents:
        raise KeyFileError("the key file must not lie in the data folder")
    if path.stat().st_mode & 0o077:
        raise KeyFileError(f"{path} is readable by others; run: chmod 600 {path}")
    content = json.loads(path.read_text(encoding="ascii"))
    seal, index = bytes.fromhex(content["seal"]), bytes.fromhex(content["index"])
    if len(seal) != _SECRET_BYTES or len(index) != _SECRET_BYTES or seal == index:
        raise KeyFileError("the keys are damaged")
    return KeyRing(int(content["key_id"]), seal, index)


def token_hash(token: str) -> bytes:
    """The stored form of a random session token or one-time code."""
    return hashlib.sha256(token.encode()).digest()
