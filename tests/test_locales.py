"""Both languages are complete: every code has words, every text a translation, every blank its filling."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType

import pytest

import core
import db
from core.kernel.errors import BusinessError
from locales.catalog import check
from locales.labels import labels
from locales.translator import LANGUAGES, texts_of

ROOT = Path(__file__).parents[1]
UNSEEN = {"Align", "Belongs", "ColumnKind", "Edges", "FileKind", "Frame", "RecordKind", "StepProgress", "Sureness"}
"""Enums no person meets: how a column or a paper is laid out, how a file is read."""

BLANK = re.compile(r"%\(\w+\)[a-z]|%%")


def modules() -> Iterator[ModuleType]:
    for package in (core, db):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in found.name:
                yield importlib.import_module(found.name)


def classes(kind: type) -> dict[str, type]:
    return {
        f"{module.__name__}.{name}": value
        for module in modules()
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, kind)
        and (value.__module__, value.__name__) == (module.__name__, name)
    }


def problem_codes() -> set[str]:
    codes = set()
    for path in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    codes.add(str(first.value))
    return codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_no_translation_is_left_over(language: str) -> None:
    gaps = check(language)
    assert not gaps.missing, "run: python -m locales.catalog update"
    assert not gaps.obsolete, "run: python -m locales.catalog update --prune"


def test_every_refusal_has_a_sentence() -> None:
    refusals = {name: kind.code for name, kind in classes(BusinessError).items() if issubclass(kind, BusinessError)}
    assert len(refusals) > 30
    assert {name: code for name, code in refusals.items() if code not in labels()} == {}


def test_every_problem_has_a_sentence() -> None:
    assert problem_codes() - labels().keys() == set()


def test_every_member_of_every_enum_has_a_label() -> None:
    """A member whose value is itself a dotted code (the problems of imports) is labelled by that."""
    enums = [kind for kind in classes(Enum).values() if kind.__module__.startswith("core.")]
    members = {
        f"enum.{kind.__name__}.{member.value}": str(member.value)
        for kind in enums
        if issubclass(kind, Enum) and kind.__name__ not in UNSEEN
        for member in kind
    }
    assert len(members) > 60
    assert {
        code for code, value in members.items() if code not in labels() and ("." not in value or value not in labels())
    } == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_blanks_of_its_text(language: str) -> None:
    for (_, msgid), forms in texts_of(language).items():
        for form in forms:
            assert sorted(BLANK.findall(form)) == sorted(BLANK.findall(msgid)), msgid


def test_every_sentence_can_be_filled() -> None:
    class Anything(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return name

    for code, msgid in labels().items():
        if not code.startswith(("enum.", "field.")):
            assert "%(" not in msgid % Anything(), code
