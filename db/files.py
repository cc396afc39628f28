"""Where things lie: data folder, key file, database address – from the environment, checked at the start (T27)."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

ROOT: Final = Path(__file__).resolve().parents[1]
_NETWORK_FILE_SYSTEMS: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "fuse.rclone"})
_SYNCED_FOLDERS: Final = ("onedrive", "dropbox", "坚果云", "nutstore", "icloud drive", "google drive")


class UnsafePlace(RuntimeError):
    """The data folder lies where a database file would be damaged; the portal does not start."""


@dataclass(frozen=True, slots=True)
class Places:
    """The portal's places on this computer."""

    data: Path
    key_file: Path
    database_url: str

    @classmethod
    def from_environment(cls) -> Self:
        """Read ``GUANJIA_DATA``, ``GUANJIA_KEY_FILE``, ``GUANJIA_DATABASE_URL``; the defaults lie beside the code."""
        data = Path(os.environ.get("GUANJIA_DATA", ROOT / "data")).resolve()
        key_file = Path(os.environ.get("GUANJIA_KEY_FILE", ROOT / "secrets" / "keys.json")).resolve()
        url = os.environ.get("GUANJIA_DATABASE_URL", f"sqlite:///{data / 'guanjia.db'}")
        return cls(data, key_file, url)


def check_data_folder(folder: Path, *, mounts: str) -> None:
    """Refuse a data folder on a network share or in a synced folder. ``mounts`` is the text of ``/proc/mounts``."""
    lowered = str(folder).lower()
    for name in _SYNCED_FOLDERS:
        if name in lowered:
            raise UnsafePlace(f"{folder} is synced by another program ({name})")
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        point = parts[1]
        inside = point == "/" or lowered == point.lower() or lowered.startswith(point.lower() + "/")
        if inside and len(point) >= len(best):
            best, kind = point, parts[2]
    if kind in _NETWORK_FILE_SYSTEMS:
        raise UnsafePlace(f"{folder} is on a network share ({kind})")


def system_mounts() -> str:
    """The mounted file systems of this computer, or nothing where the system does not tell."""
    table = Path("/proc/mounts")
    return table.read_text(encoding="utf-8", errors="replace") if table.exists() else ""
