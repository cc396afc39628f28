"""docs/requirements.md traces every requirement to code and test; this proves the trace against the tree."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TRACE = ROOT / "docs" / "requirements.md"
ROW = re.compile(r"^\| (R-\d{3}|P-\d{2} [^|]+) \| (done|partly|not yet) \| (.*?) \| (.*?) \| (.*?) \|$")
REFERENCE = re.compile(r"`([^`]+)`")


def rows() -> list[tuple[str, str, str, str, str]]:
    """The rows of the trace: number, state, code, test, what is missing."""
    lines = TRACE.read_text(encoding="utf-8").splitlines()
    found = [ROW.match(line) for line in lines if line.startswith(("| R-", "| P-"))]
    assert all(found), "a row of the trace is malformed"
    return [match.groups() for match in found if match]  # type: ignore[misc]


def test_every_requirement_stands_in_the_trace_once() -> None:
    named = [row[0] for row in rows() if row[0].startswith("R-")]
    assert named == [f"R-{number:03d}" for number in range(1, 200)]


def names_in(path: Path) -> set[str]:
    """Functions, classes and top-level names of a Python file, methods as ``Class.method``."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def check(reference: str, kind: str) -> None:
    """A reference is ``path`` or ``path::name`` and both must be there."""
    path, _, name = reference.partition("::")
    assert (ROOT / path).is_file(), f"{reference}: no such file"
    assert path.startswith("tests/") == (kind == "test"), f"{reference} is not {kind}"
    assert not name or name in names_in(ROOT / path), f"{reference}: no such name"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_requirement_is_traced_to_what_is_there(row: tuple[str, str, str, str, str]) -> None:
    _, state, code, test, missing = row
    if state == "not yet":
        assert (code, test) == ("–", "–")
        return
    for reference in REFERENCE.findall(code):
        check(reference, "code")
    for reference in REFERENCE.findall(test):
        check(reference, "test")
    assert REFERENCE.findall(code)
    assert REFERENCE.findall(test)
    assert (state == "partly") == (missing != "–"), "partly says what is missing, done says nothing is"
