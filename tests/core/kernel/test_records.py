from core.kernel.records import RecordKind


def test_the_kinds_are_stored_as_they_always_were() -> None:
    """The values stand in the database and in the marks of the text index."""
    assert [kind.value for kind in RecordKind] == ["case", "order"]
