"""The seal and the manifest of a backup: what it holds, and the proof that it is whole and ours (R12; ADR 0006).

The last 128 characters of the file, which a ZIP tool shows as its comment, are a SHA-256 of everything before them
and the same number signed with the company's index key.
"""

import hashlib
import hmac
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from core.admin.audit import ChainHead
from core.kernel.errors import BusinessError
from core.kernel.identity import EstateId
from db.keys import KeyRing

FORMAT: Final = 1
SEAL: Final = 128
"""How many characters the seal takes at the end of the file."""


class BackupDamaged(BusinessError):
    """The file is not a backup, or it is not whole: nothing was restored."""

    code: ClassVar[str] = "backup.damaged"


class OtherKeys(BusinessError):
    """The backup was made with other keys than those at hand; its sealed fields would never open."""

    code: ClassVar[str] = "backup.other_keys"


class SchemaDiffers(BusinessError):
    """The database or the backup has another schema than this version of the portal knows."""

    code: ClassVar[str] = "backup.schema_differs"


@dataclass(frozen=True, slots=True)
class TableDump:
    """A table in a backup: how many rows, and the SHA-256 of its member."""

    name: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, and the figures a restored database must show again. Money in fen."""

    made_at: str
    revision: str
    dialect: str
    tables: tuple[TableDump, ...]
    left_out: tuple[str, ...]
    totals: dict[str, tuple[int, ...]]
    heads: tuple[ChainHead, ...]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """How many rows there are in all tables together."""
        return sum(dumped.rows for dumped in self.tables)


def seal_archive(path: Path, keys: KeyRing) -> None:
    """Write the seal over the placeholder at the end of a finished archive, and put the file on the disk."""
    digest = _digest(path)
    with path.open("r+b") as stream:
        stream.seek(-SEAL, os.SEEK_END)
        stream.write((digest + _signature(digest, keys)).encode("ascii"))
        stream.flush()
        os.fsync(stream.fileno())


def _digest(path: Path) -> str:
    """The SHA-256 of a file up to its seal."""
    digest, left = hashlib.sha256(), path.stat().st_size - SEAL
    with path.open("rb") as stream:
        while left > 0:
            chunk = stream.read(min(left, 1 << 20))
            digest.update(chunk)
            left -= len(chunk)
    return digest.hexdigest()


def _signature(digest: str, keys: KeyRing) -> str:
    return keys.index(digest, field="backup").hex()


def read_manifest(path: Path, keys: KeyRing) -> Manifest:
    """Prove that a backup is whole and made with these keys, and give its manifest."""
    if not path.is_file() or path.stat().st_size <= SEAL:
        raise BackupDamaged(file=path.name)
    with path.open("rb") as stream:
        stream.seek(-SEAL, os.SEEK_END)
        seal = stream.read()
    digest = _digest(path)
    if not hmac.compare_digest(seal[:64], digest.encode("ascii")):
        raise BackupDamaged(file=path.name)
    if not hmac.compare_digest(seal[64:], _signature(digest, keys).encode("ascii")):
        raise OtherKeys(file=path.name)
    with zipfile.ZipFile(path) as archive:
        return _manifest(json.loads(archive.read("manifest.json")))


def _manifest(content: dict[str, Any]) -> Manifest:
    if content["format"] != FORMAT:
        raise SchemaDiffers(found=f"format {content['format']}")
    content["tables"] = tuple(TableDump(**dumped) for dumped in content["tables"])
    content["left_out"] = tuple(content["left_out"])
    content["totals"] = {name: tuple(figures) for name, figures in content["totals"].items()}
    content["heads"] = tuple(
        ChainHead(EstateId(head["chain"]), head["seq"], bytes.fromhex(head["hash"])) for head in content["heads"]
    )
    return Manifest(**content)
