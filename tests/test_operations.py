"""R23 in its first form: every operation and query carries a permission, and nobody without it gets through."""

import dataclasses
import importlib
import inspect
import pkgutil
from types import ModuleType

import pytest

import db.operations
import db.queries
from core.admin.permissions import MATRIX, Permission, Role
from db.unit_of_work import OPERATIONS, QUERIES, Reader, UnitOfWork


def modules(package: ModuleType) -> list[ModuleType]:
    """Every module of a package, imported."""
    return [importlib.import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]


def public(package: ModuleType) -> dict[str, list[object]]:
    """Public functions of the package's modules with the annotations of their arguments."""
    return {
        f"{module.__name__}.{name}": [p.annotation for p in inspect.signature(function).parameters.values()]
        for module in modules(package)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def is_command(kind: object) -> bool:
    """A command is a frozen dataclass of ours that stands beside operations."""
    return dataclasses.is_dataclass(kind) and getattr(kind, "__module__", "").startswith("db.operations")


ACTS = [
    n
    for n, kinds in public(db.operations).items()
    if len(kinds) == 2 and kinds[0] is UnitOfWork and is_command(kinds[1])
]
ASKS = [n for n, kinds in public(db.queries).items() if len(kinds) == 2 and kinds[0] is Reader]


@pytest.mark.parametrize("name", ACTS)
def test_every_operation_is_guarded(name: str) -> None:
    assert name in OPERATIONS


@pytest.mark.parametrize("name", ASKS)
def test_every_query_is_guarded(name: str) -> None:
    assert name in QUERIES


def test_every_permission_but_the_systems_own_belongs_to_a_role_and_is_used() -> None:
    modules(db.operations)
    held = frozenset().union(*MATRIX.values())
    assert held == frozenset(Permission) - {Permission.SYSTEM_RUN}
    assert set(MATRIX) == set(Role)
