"""R23 in its first form: every operation and query carries a permission, and nobody without it gets through."""

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


def annotated_first(package: ModuleType, kind: type) -> dict[str, object]:
    """Public functions of the package whose first argument is annotated with this kind."""
    return {
        f"{module.__name__}.{name}": function
        for module in modules(package)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and next(iter(inspect.signature(function).parameters.values()), inspect.Parameter.empty) is not None
        and [p.annotation for p in inspect.signature(function).parameters.values()][:1] == [kind]
        and len(inspect.signature(function).parameters) == 2
    }


@pytest.mark.parametrize("name", sorted(annotated_first(db.operations, UnitOfWork)))
def test_every_operation_is_guarded(name: str) -> None:
    assert name in OPERATIONS


@pytest.mark.parametrize("name", sorted(annotated_first(db.queries, Reader)))
def test_every_query_is_guarded(name: str) -> None:
    assert name in QUERIES


def test_every_permission_but_the_systems_own_belongs_to_a_role_and_is_used() -> None:
    modules(db.operations)
    held = frozenset().union(*MATRIX.values())
    assert held == frozenset(Permission) - {Permission.SYSTEM_RUN}
    assert set(MATRIX) == set(Role)
