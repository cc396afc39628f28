"""The one open database of this process, as the environment names it."""

from functools import lru_cache

from db.engine import Database, open_database
from db.files import Places
from db.keys import load_keys


@lru_cache(maxsize=4)
def _opened(places: Places) -> Database:
    return open_database(places.database_url, load_keys(places.key_file, data_folder=places.data))


def portal_database() -> Database:
    """Give the database the environment names, opened once."""
    return _opened(Places.from_environment())
