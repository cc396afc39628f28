"""Sealed fields fail closed: a wrong key, another place or a touched byte never opens; keys stay away from data."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from db.keys import KeyFileError, KeyRing, load_keys, new_key_file, token_hash

PLACE = "customers.name:1/7"


def fresh(folder: Path, name: str = "keys") -> KeyRing:
    path = folder / name / "keys.json"
    new_key_file(path)
    return load_keys(path, data_folder=folder / "data")


@pytest.mark.parametrize("value", ["", "张三", "13800138000", "a" * 5000, "名\x00字😀"])
def test_what_is_sealed_opens_again(keys: KeyRing, value: str) -> None:
    sealed = keys.seal(value, place=PLACE)
    assert keys.open(sealed, place=PLACE) == value
    assert not value or value.encode() not in sealed


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\x00", bytes(range(256)) * 40])
def test_bytes_are_sealed_like_texts(keys: KeyRing, content: bytes) -> None:
    sealed = keys.seal_bytes(content, place=PLACE)
    assert keys.open_bytes(sealed, place=PLACE) == content
    assert not content or content not in sealed
    with pytest.raises(InvalidTag):
        keys.open_bytes(sealed, place="service_photos.content:1/8")
    with pytest.raises(InvalidTag):
        keys.open_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]), place=PLACE)
    assert keys.open_bytes(keys.seal("张三", place=PLACE), place=PLACE) == "张三".encode()


def test_the_same_value_never_seals_to_the_same_bytes(keys: KeyRing) -> None:
    assert len({keys.seal("张三", place=PLACE) for _ in range(100)}) == 100


def test_a_wrong_key_fails_closed(keys: KeyRing, tmp_path: Path) -> None:
    with pytest.raises(InvalidTag):
        fresh(tmp_path).open(keys.seal("张三", place=PLACE), place=PLACE)


@pytest.mark.parametrize("place", ["customers.name:1/8", "customers.phone:1/7", "customers.name:2/7", ""])
def test_a_sealed_value_moved_elsewhere_does_not_open(keys: KeyRing, place: str) -> None:
    with pytest.raises(InvalidTag):
        keys.open(keys.seal("张三", place=PLACE), place=place)


def test_a_touched_or_shortened_value_does_not_open(keys: KeyRing) -> None:
    sealed = keys.seal("张三", place=PLACE)
    for at in range(2, len(sealed)):
        with pytest.raises(InvalidTag):
            keys.open(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], place=PLACE)
    for cut in (sealed[:-1], sealed[:20]):
        with pytest.raises(InvalidTag):
            keys.open(cut, place=PLACE)


def test_the_index_finds_equal_values_of_one_field_only(keys: KeyRing, tmp_path: Path) -> None:
    found = keys.index("13800138000", field="phone")
    assert found == keys.index("13800138000", field="phone")
    others = [
        keys.index("13800138001", field="phone"),
        keys.index("13800138000", field="name"),
        fresh(tmp_path).index("13800138000", field="phone"),
    ]
    assert found not in others
    assert len(found) == 32


def test_the_field_and_the_value_cannot_be_shifted_against_each_other(keys: KeyRing) -> None:
    assert keys.index("bc", field="a") != keys.index("c", field="ab")


def test_a_token_shows_a_change_and_never_the_value(keys: KeyRing) -> None:
    one, other = keys.token("张三"), keys.token("张四")
    assert (one == keys.token("张三"), one != other, len(one), one[0]) == (True, True, 13, "#")


def test_the_keys_never_show_in_a_representation(keys: KeyRing) -> None:
    shown = repr(keys) + str(keys)
    for secret in (keys.seal_key, keys.index_key):
        assert secret.hex() not in shown
        assert repr(secret) not in shown


def test_a_new_key_file_is_for_its_owner_only_and_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "keys.json"
    old = os.umask(0)
    try:
        new_key_file(path)
    finally:
        os.umask(old)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    first = path.read_bytes()
    new_key_file(path)
    assert path.read_bytes() == first


def test_two_key_files_share_nothing(tmp_path: Path) -> None:
    one, other = fresh(tmp_path, "one"), fresh(tmp_path, "other")
    assert len({one.seal_key, one.index_key, other.seal_key, other.index_key}) == 4


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_file_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    new_key_file(path)
    path.chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        load_keys(path, data_folder=tmp_path / "data")


@pytest.mark.parametrize("inside", ["keys.json", "deep/er/keys.json"])
def test_a_key_file_in_the_data_folder_is_refused(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "data" / inside
    new_key_file(path)
    with pytest.raises(KeyFileError, match="data folder"):
        load_keys(path, data_folder=tmp_path / "data")
    link = tmp_path / "elsewhere.json"
    link.symlink_to(path)
    with pytest.raises(KeyFileError, match="data folder"):
        load_keys(link, data_folder=tmp_path / "data")


def test_a_folder_whose_name_only_begins_alike_is_no_data_folder(tmp_path: Path) -> None:
    path = tmp_path / "data-keys" / "keys.json"
    new_key_file(path)
    assert load_keys(path, data_folder=tmp_path / "data").key_id == 1


def test_a_missing_key_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(KeyFileError, match="no key file"):
            load_keys(path, data_folder=tmp_path / "data")


DAMAGES: dict[str, Callable[[dict[str, str]], object]] = {
    "one key for both": lambda content: content.update(index=content["seal"]),
    "a short key to seal": lambda content: content.update(seal=content["seal"][:-2]),
    "a long key to index": lambda content: content.update(index=content["index"] + "00"),
    "an empty key": lambda content: content.update(seal=""),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_keys_are_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "keys.json"
    new_key_file(path)
    content = json.loads(path.read_text())
    DAMAGES[damage](content)
    path.write_text(json.dumps(content))
    with pytest.raises(KeyFileError, match="damaged"):
        load_keys(path, data_folder=tmp_path / "data")


def test_only_the_hash_of_a_token_is_kept() -> None:
    assert token_hash("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
