"""The one place that knows where real files from the world may lie beside the checkout."""

from pathlib import Path

import pytest

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def real_file(relative: str) -> Path:
    """Give the path of a real file, or skip the test where the folder is absent."""
    path = REAL_DATA / relative
    if not path.is_file():
        pytest.skip(f"real data not present: {relative}")
    return path
