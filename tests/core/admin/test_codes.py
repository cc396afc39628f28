from dataclasses import replace
from pathlib import Path

import pytest

from core.admin.codes import (
    FIXED,
    CodeAlreadyRetired,
    CodeEntry,
    CodeLabelRefused,
    CodeList,
    CodeListFixed,
    CodeRefused,
    CodeSortRefused,
    CodeTaken,
    CodeUnknown,
    check_labels,
    check_new_code,
    check_retirement,
    check_sort,
    check_value,
    parse_code_lists,
)
from core.customers.profiles import CareFlag, Relation
from core.imports import vocabulary

ENTRY = CodeEntry(CodeList.POST, "diver", "潜水员", "Diver", 10)
OWN = Path(__file__).resolve().parents[3] / "locales" / "code_lists.tsv"


def test_a_new_entry_comes_back_with_tidied_labels() -> None:
    untidy = replace(ENTRY, label_zh=" 潜\u200b水员 ", label_en="Deep  sea\tdiver")
    assert check_new_code(entry=untidy, known=()) == replace(ENTRY, label_en="Deep sea diver")


@pytest.mark.parametrize("code", ["", "1a", "a b", "ä", "a-b", "a" * 33, "a\n", "_a"])
def test_a_code_of_another_shape_is_refused(code: str) -> None:
    with pytest.raises(CodeRefused) as refusal:
        check_new_code(entry=replace(ENTRY, code=code), known=())
    assert refusal.value.fields == {"code": code[:32]}


@pytest.mark.parametrize("known", [("diver",), ("x", "DIVER")])
def test_a_code_the_list_ever_had_is_never_used_anew(known: tuple[str, ...]) -> None:
    with pytest.raises(CodeTaken) as refusal:
        check_new_code(entry=ENTRY, known=known)
    assert (refusal.value.code, refusal.value.fields) == ("codes.taken", {"code": "diver"})


@pytest.mark.parametrize("code_list", sorted(FIXED))
def test_lists_the_rules_know_take_no_new_codes_and_retire_none(code_list: CodeList) -> None:
    with pytest.raises(CodeListFixed):
        check_new_code(entry=replace(ENTRY, list=code_list), known=())
    with pytest.raises(CodeListFixed):
        check_retirement(code_list=code_list, code="owner", retired=False)


@pytest.mark.parametrize(("zh", "en"), [("", "x"), ("x", " \u200b"), ("x" * 65, "x"), ("x", "x" * 65)])
def test_both_labels_are_needed_and_bounded(zh: str, en: str) -> None:
    with pytest.raises(CodeLabelRefused) as refusal:
        check_labels(label_zh=zh, label_en=en)
    assert refusal.value.fields == {"most": 64}


def test_labels_of_sixty_four_characters_fit() -> None:
    assert check_labels(label_zh="字" * 64, label_en="x" * 64) == ("字" * 64, "x" * 64)


@pytest.mark.parametrize("sort", [-1, 10_000])
def test_a_place_outside_the_list_is_refused(sort: int) -> None:
    with pytest.raises(CodeSortRefused):
        check_sort(sort)


@pytest.mark.parametrize("sort", [0, 9_999])
def test_the_first_and_last_place_are_taken(sort: int) -> None:
    assert check_sort(sort) == sort


def test_a_code_is_retired_once() -> None:
    check_retirement(code_list=CodeList.POST, code="diver", retired=False)
    with pytest.raises(CodeAlreadyRetired) as refusal:
        check_retirement(code_list=CodeList.POST, code="diver", retired=True)
    assert refusal.value.fields == {"code": "diver"}


def test_a_value_is_taken_when_in_use_or_kept_by_the_record() -> None:
    assert check_value(code_list=CodeList.USE, value="a", active={"a"}) == "a"
    assert check_value(code_list=CodeList.USE, value="old", active={"a"}, kept="old") == "old"
    with pytest.raises(CodeUnknown) as refusal:
        check_value(code_list=CodeList.USE, value="old" * 20, active={"a"}, kept="other")
    assert refusal.value.fields == {"list": CodeList.USE, "value": ("old" * 20)[:32]}


@pytest.mark.parametrize(
    "line", ["post\tdiver\tx\ty", "post\tdiver\tx\ty\t1\t2", "post\t1\tx\ty\t1", "post\tdiver\tx\ty\t-1", ""]
)
def test_a_line_of_another_shape_is_a_bug(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_code_lists(f"post\ta\tx\ty\t1\n{line}\n")


def test_the_portals_own_lists_are_whole_unique_and_know_what_the_rules_and_files_know() -> None:
    entries = parse_code_lists(OWN.read_text(encoding="utf-8"))
    keys = [(entry.list, entry.code.casefold()) for entry in entries]
    assert len(keys) == len(set(keys))
    codes = {code_list: {entry.code for entry in entries if entry.list is code_list} for code_list in CodeList}
    assert all(codes.values())
    assert codes[CodeList.RELATION] == {relation.value for relation in Relation}
    assert codes[CodeList.CARE_FLAG] == {flag.value for flag in CareFlag}
    assert codes[CodeList.USE] == set(vocabulary.UNIT_USES)
    assert codes[CodeList.ESTATE_TYPE] >= set(vocabulary.ESTATE_TYPES)
    assert codes[CodeList.UNIT_GRADE] == set(vocabulary.GRADES)
    for code_list in CodeList:
        sorts = [entry.sort for entry in entries if entry.list is code_list]
        assert sorts == sorted(set(sorts))
