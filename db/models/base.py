from sqlalchemy.orm import DeclarativeBase

from db.columns import METADATA


class Base(DeclarativeBase):
    """The common root of all tables."""

    metadata = METADATA
