"""What must already exist for a row to enter: the estate, and for people the unit (I3, I12). Never created here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.imports.codes import Trouble
from core.imports.text import Value, folded


@dataclass(frozen=True, slots=True)
class References:
    """Known estates by folded code and name, and known units as (folded estate code, unit code).

    ``units`` is ``None`` where rows bring their own units.
    """

    estates: Mapping[str, tuple[str, ...]]
    units: frozenset[tuple[str, str]] | None = None

    def estate_code(self, text: str) -> str | Trouble:
        """Give the code of the one estate with this code or name."""
        codes = self.estates.get(folded(text), ())
        if len(codes) == 1:
            return codes[0]
        return Trouble.AMBIGUOUS_ESTATE if codes else Trouble.UNKNOWN_ESTATE

    def resolved(self, values: dict[str, Value | None]) -> dict[str, Value | None] | Trouble:
        """Give the values with the estate's code in place of what the file calls it."""
        if "estate" not in values:
            return values
        code = self.estate_code(str(values["estate"]))
        return code if isinstance(code, Trouble) else {**values, "estate": code}

    def lacks_unit(self, unit: tuple[str, str] | None) -> bool:
        """Say whether a unit a row speaks of, as folded estate code and unit code, is unknown."""
        return unit is not None and self.units is not None and unit not in self.units


def references_of(*, estates: Iterable[tuple[str, str]], units: Iterable[tuple[str, str]] | None = None) -> References:
    """Index estates given as (code, name) and units given as (estate code, unit code).

    A code always means its own estate; a name several estates share is ambiguous.
    """
    by_code: dict[str, tuple[str, ...]] = {}
    by_name: dict[str, tuple[str, ...]] = {}
    for code, name in estates:
        by_code[folded(code)] = (code,)
        by_name[folded(name)] = (*by_name.get(folded(name), ()), code)
    known = None if units is None else frozenset((folded(estate), unit) for estate, unit in units)
    return References(by_name | by_code, known)
