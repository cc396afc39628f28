"""T27: the data folder is where a database file is safe; the places come from the environment."""

from pathlib import Path

import pytest

from db.files import ROOT, Places, UnsafePlace, check_data_folder, system_mounts

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /mnt/share nfs4 rw 0 0
//pc/share /mnt/Office cifs rw 0 0
/dev/sdb1 /mnt/share/local ext4 rw 0 0
user@host: /home/me/remote fuse.sshfs rw 0 0
tmpfs /run tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    "folder",
    ["/srv/guanjia", "/", "/mnt/shared/data", "/mnt/share/local", "/mnt/share/local/data", "/mnt", "/run/x"],
)
def test_a_folder_on_a_disk_of_this_computer_is_fine(folder: str) -> None:
    check_data_folder(Path(folder), mounts=MOUNTS)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/mnt/share", "nfs4"),
        ("/mnt/share/guanjia/data", "nfs4"),
        ("/mnt/office/data", "cifs"),
        ("/home/me/remote/data", "fuse.sshfs"),
    ],
)
def test_a_network_share_is_refused_by_name(folder: str, kind: str) -> None:
    with pytest.raises(UnsafePlace, match=f"network share .{kind}"):
        check_data_folder(Path(folder), mounts=MOUNTS)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "fuse.rclone"])
def test_a_whole_computer_on_the_network_is_refused(kind: str) -> None:
    with pytest.raises(UnsafePlace):
        check_data_folder(Path("/srv/data"), mounts=f"host:/ / {kind} rw 0 0\n")


@pytest.mark.parametrize("name", ["OneDrive", "Dropbox", "坚果云", "Nutstore", "iCloud Drive", "Google Drive"])
def test_a_synced_folder_is_refused(name: str) -> None:
    with pytest.raises(UnsafePlace, match="synced"):
        check_data_folder(Path(f"/home/me/{name}/物业"), mounts=MOUNTS)


def test_without_a_table_of_mounts_only_names_can_speak() -> None:
    check_data_folder(Path("/mnt/share"), mounts="")


def test_this_computers_own_mounts_are_read() -> None:
    table = Path("/proc/mounts")
    assert (" / " in system_mounts()) == table.exists()


def test_the_places_have_defaults_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GUANJIA_DATA", "GUANJIA_KEY_FILE", "GUANJIA_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    places = Places.from_environment()
    assert places == Places(ROOT / "data", ROOT / "secrets" / "keys.json", f"sqlite:///{ROOT / 'data' / 'guanjia.db'}")
    assert (ROOT / "pyproject.toml").exists()
    assert places.data not in places.key_file.parents


def test_the_environment_says_where_things_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GUANJIA_DATA", str(tmp_path / "d" / ".." / "data"))
    monkeypatch.setenv("GUANJIA_KEY_FILE", str(tmp_path / "k.json"))
    monkeypatch.delenv("GUANJIA_DATABASE_URL", raising=False)
    data = (tmp_path / "data").resolve()
    assert Places.from_environment() == Places(
        data, (tmp_path / "k.json").resolve(), f"sqlite:///{data / 'guanjia.db'}"
    )
    monkeypatch.setenv("GUANJIA_DATABASE_URL", "postgresql://db/guanjia")
    assert Places.from_environment().database_url == "postgresql://db/guanjia"
