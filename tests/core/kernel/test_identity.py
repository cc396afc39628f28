"""Numbers that identify things are plain integers when the program runs."""

from core.kernel import identity


def test_the_company_is_no_estate_a_database_would_number() -> None:
    assert identity.COMPANY == 0
    assert identity.EstateId(7) == 7
