import pytest

from core.kernel.filters import LARGEST_PAGE, Slice


@pytest.mark.parametrize(
    ("page", "size", "offset", "limit"),
    [(1, 50, 0, 50), (3, 50, 100, 50), (0, 0, 0, 1), (-5, 10, 0, 10), (2, 10**9, LARGEST_PAGE, LARGEST_PAGE)],
)
def test_a_slice_stays_within_bounds(page: int, size: int, offset: int, limit: int) -> None:
    wanted = Slice(page, size)
    assert (wanted.offset, wanted.limit) == (offset, limit)
