import pytest

from core.admin.exports import ExportTooLarge, check_export, export_limit


@pytest.mark.parametrize(("personal", "limit"), [(True, 250), (False, 100_000)])
def test_an_export_may_reach_its_limit_and_not_pass_it(personal: bool, limit: int) -> None:
    assert export_limit(personal=personal) == limit
    check_export(rows=limit, personal=personal)
    with pytest.raises(ExportTooLarge) as refused:
        check_export(rows=limit + 1, personal=personal)
    assert refused.value.fields == {"rows": limit + 1, "limit": limit}
