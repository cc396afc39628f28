"""R-010, R-011, R-196 for code lists."""

import json
from dataclasses import replace

import pytest

from core.admin.codes import (
    CodeAlreadyRetired,
    CodeEntry,
    CodeLabelRefused,
    CodeList,
    CodeListFixed,
    CodeTaken,
    parse_code_lists,
)
from core.admin.permissions import NotPermitted, Permission
from db.engine import Database
from db.operations.codes import (
    AddCode,
    LoadCodeLists,
    RenameCode,
    RetireCode,
    add_code,
    load_code_lists,
    rename_code,
    retire_code,
)
from db.queries.codes import CodeListCount, CodeRow, CodesWanted, code_lists, codes_of
from db.unit_of_work import EditConflict, NotFound
from tests import builders
from tests.db.asserting import check_reading_rights, check_rights, entries, pairs, refused, someone_with
from tests.personas import ADMINISTRATOR
from tests.statements import count_statements

DIVER = CodeEntry(CodeList.POST, "diver", "潜水员", "Diver", 15)


def posts(database: Database, *, with_retired: bool = False) -> tuple[CodeRow, ...]:
    return builders.ask(database, codes_of, CodesWanted((CodeList.POST,), with_retired))


def test_the_portals_own_lists_are_loaded_once_and_changes_stay(database: Database) -> None:
    own = parse_code_lists(builders.CODE_LISTS.read_text(encoding="utf-8"))
    assert builders.act(database, load_code_lists, LoadCodeLists(own)) == len(own)
    builders.act(database, rename_code, RenameCode(CodeList.POST, "cleaner", 1, "清洁员", "Janitor", 5))
    assert builders.act(database, load_code_lists, LoadCodeLists(own)) == 0
    assert len(entries(database, "codes.load")) == 1
    assert posts(database)[0].label("en") == "Janitor"
    assert posts(database)[0].label("zh_CN") == "清洁员"
    counts = builders.ask(database, code_lists, None)
    assert [count.list for count in counts] == list(CodeList)
    assert sum(count.active for count in counts) == len(own)


def test_an_entry_is_added_in_its_place(database: Database) -> None:
    builders.with_code_lists(database)
    builders.act(database, add_code, AddCode(replace(DIVER, label_en=" Diver ")), by=ADMINISTRATOR)
    assert posts(database)[1] == CodeRow(CodeList.POST, "diver", "潜水员", "Diver", 15, None, 1)
    (entry,) = entries(database, "codes.add")
    assert (entry.actor_id, entry.subject_id) == (ADMINISTRATOR.user_id, "post.diver")
    assert json.loads(entry.after) == {"label_zh": "潜水员", "label_en": "Diver", "sort": 15, "retired": False}
    with refused(database, CodeTaken, code="DIVER"):
        builders.act(database, add_code, AddCode(replace(DIVER, code="DIVER")))
    with refused(database, CodeListFixed):
        builders.act(database, add_code, AddCode(replace(DIVER, list=CodeList.RELATION)))


def test_a_retired_entry_leaves_the_pickers_keeps_its_label_and_never_comes_back(database: Database) -> None:
    builders.act(database, add_code, AddCode(DIVER))
    builders.act(database, retire_code, RetireCode(CodeList.POST, "diver", 1))
    assert posts(database) == ()
    (kept,) = posts(database, with_retired=True)
    assert (kept.label_zh, kept.retired_at, kept.version) == ("潜水员", builders.NOW, 2)
    assert CodeListCount(CodeList.POST, 0, 1) in builders.ask(database, code_lists, None)
    with refused(database, CodeTaken):
        builders.act(database, add_code, AddCode(DIVER))
    with refused(database, CodeAlreadyRetired):
        builders.act(database, retire_code, RetireCode(CodeList.POST, "diver", 2))
    assert builders.act(database, load_code_lists, LoadCodeLists((DIVER,))) == 0


def test_the_second_of_two_editors_is_refused(database: Database) -> None:
    builders.act(database, add_code, AddCode(DIVER))
    rename = RenameCode(CodeList.POST, "diver", 1, "潜水工", "Diver", 15)
    builders.act(database, rename_code, rename)
    with refused(database, EditConflict):
        builders.act(database, rename_code, replace(rename, label_zh="x"))
    with refused(database, EditConflict):
        builders.act(database, retire_code, RetireCode(CodeList.POST, "diver", 1))
    with refused(database, CodeLabelRefused):
        builders.act(database, rename_code, replace(rename, version=2, label_zh=" "))
    with refused(database, NotFound):
        builders.act(database, rename_code, replace(rename, code="pilot"))


def test_only_people_with_the_right_and_the_whole_company_change_lists(database: Database) -> None:
    builders.act(database, add_code, AddCode(replace(DIVER, code="pilot")))
    limited = someone_with(Permission.SETTINGS_MAKE)
    for act, command in pairs(
        (add_code, AddCode(DIVER)),
        (rename_code, RenameCode(CodeList.POST, "pilot", 1, "x", "y", 1)),
        (retire_code, RetireCode(CodeList.POST, "pilot", 1)),
        (load_code_lists, LoadCodeLists((DIVER,))),
    ):
        check_rights(database, act, command, Permission.SETTINGS_MAKE)
        with refused(database, NotPermitted):
            builders.act(database, act, command, by=limited)
    check_reading_rights(database, codes_of, CodesWanted((CodeList.POST,)), Permission.DESK_VIEW)
    check_reading_rights(database, code_lists, None, Permission.DESK_VIEW)


@pytest.mark.parametrize("lists", [(), (CodeList.USE,), tuple(CodeList)])
def test_lists_come_in_one_statement(database: Database, lists: tuple[CodeList, ...]) -> None:
    builders.with_code_lists(database)
    with count_statements(database) as sent:
        rows = builders.ask(database, codes_of, CodesWanted(lists))
    assert {row.list for row in rows} == set(lists)
    assert len(sent) == 1
