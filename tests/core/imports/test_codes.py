"""The codes an import may show."""

from core.imports.codes import ALL_CODES, Notice, Refusal, Trouble


def test_codes_are_stable_distinct_and_named_for_their_members() -> None:
    assert len(set(ALL_CODES)) == len(ALL_CODES) == len(Refusal) + len(Trouble) + len(Notice)
    for prefix, family in (("file", Refusal), ("row", Trouble), ("notice", Notice)):
        assert [member.value for member in family] == [f"imports.{prefix}.{member.name.lower()}" for member in family]
