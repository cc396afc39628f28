"""The portal on another day: Streamlit's own command with the portal's one clock set ahead or back, as a file says."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from streamlit.web.cli import main

from pages._shell import clock

HANDS: Final = "hands-of-the-clock"
"""The file beside the data folder that says by how many seconds the clock is ahead."""


def shown() -> datetime:
    """The instant on the clock, in UTC."""
    ahead = Path(os.environ["GUANJIA_DATA"]).with_name(HANDS).read_text(encoding="ascii")
    return datetime.now(UTC) + timedelta(seconds=float(ahead))


if __name__ == "__main__":
    clock.now = shown
    main()
