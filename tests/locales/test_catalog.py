from pathlib import Path

import pytest

from locales import catalog
from locales.catalog import Gaps, Message, check, extract, main, merge, messages_in, update, write_texts
from locales.translator import read_texts


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A little project of two pages, a label and an empty catalog."""
    (tmp_path / "pages" / "fees").mkdir(parents=True)
    (tmp_path / "pages" / "fees" / "bills.py").write_text('t("Bills")\npage.t("Post %(n)s", n=1)\n', encoding="utf-8")
    (tmp_path / "app.py").write_text('TITLE = N_("Guanjia")\n', encoding="utf-8")
    folder = tmp_path / "locales"
    folder.mkdir()
    (folder / "labels.tsv").write_text("enum.Door.open\tOpen\n", encoding="utf-8")
    write_texts(folder / "zh_CN.po", "zh_CN", {(None, "Bills"): ("账单",), (None, "Old"): ("旧",)})
    write_texts(folder / "en.po", "en", {})
    return tmp_path


def texts(project: Path) -> dict[tuple[str | None, str], tuple[str, ...]]:
    return read_texts(project / "locales" / "zh_CN.po", "zh_CN")


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        ('t("a")', [Message("a")]),
        ('page.words.t("a" " b")', [Message("a b")]),
        ('N_("a")', [Message("a")]),
        ('t("a" if x else "b", c="d")', [Message("a"), Message("b")]),
        ('t("a" if x else y)', [Message("a")]),
        ('tn("a dog", "dogs", 2)', [Message("a dog", "dogs")]),
        ('tn(one, "dogs", 2)', []),
        ('tn("a dog", many, 2)', []),
        ("t(title)", []),
        ('t(f"a {b}")', []),
        ("t()", []),
        ("t(1)", []),
        ('tt("a")', []),
        ('f()("a")', []),
        ('"t(1)"  # t("a")', []),
        ('outer(t("in"))', [Message("in")]),
    ],
)
def test_texts_are_found_in_the_calls_that_say_them(source: str, messages: list[Message]) -> None:
    assert list(messages_in(source)) == messages


def test_everything_said_in_pages_app_and_labels_is_extracted(project: Path) -> None:
    said = extract(project, project / "locales" / "labels.tsv")
    assert said == {Message("Bills"), Message("Post %(n)s"), Message("Guanjia"), Message("Open")}


def test_check_names_what_is_missing_and_what_nobody_says(project: Path) -> None:
    folder = project / "locales"
    assert check("zh_CN", project, folder) == Gaps(("Guanjia", "Open", "Post %(n)s"), ("Old",))
    assert check("en", project, folder) == Gaps((), ())


def test_update_adds_empty_entries_and_keeps_translations(project: Path) -> None:
    update(root=project, folder=project / "locales")
    assert (project / "locales" / "zh_CN.po").read_text(encoding="utf-8") == (
        'msgid ""\nmsgstr ""\n"Language: zh_CN\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
        'msgid "Bills"\nmsgstr "账单"\n\n'
        'msgid "Guanjia"\nmsgstr ""\n\n'
        'msgid "Old"\nmsgstr "旧"\n\n'
        'msgid "Open"\nmsgstr ""\n\n'
        'msgid "Post %(n)s"\nmsgstr ""\n'
    )


def test_update_twice_changes_nothing_more(project: Path) -> None:
    path = project / "locales" / "zh_CN.po"
    update(root=project, folder=project / "locales")
    once = path.read_bytes()
    update(root=project, folder=project / "locales")
    assert path.read_bytes() == once


def test_prune_drops_what_nobody_says(project: Path) -> None:
    merge("enum.Box.open\tOpen\t开着\nenum.Door.open\tOpen\t打开\n", root=project, folder=project / "locales")
    assert ("enum.Door.open", "Open") in texts(project)
    (project / "locales" / "labels.tsv").write_text("enum.Box.open\tOpen\n", encoding="utf-8")
    update(prune=True, root=project, folder=project / "locales")
    assert texts(project) == {(None, "Bills"): ("账单",), (None, "Open"): ("开着",)}


def test_quotes_line_ends_and_plurals_survive_writing(project: Path) -> None:
    (project / "app.py").write_text(
        't("say \\"a\\"\\nb\\\\")\ntn("%(count)s dog", "%(count)s dogs", 1)\n', encoding="utf-8"
    )
    said: dict[tuple[str | None, str], tuple[str, ...]] = {
        (None, 'say "a"\nb\\'): ('说"甲"\n乙\\',),
        (None, "%(count)s dog"): ("%(count)s 只狗",),
    }
    write_texts(project / "locales" / "zh_CN.po", "zh_CN", said)
    update(root=project, folder=project / "locales")
    assert texts(project) == said
    assert 'msgid_plural "%(count)s dogs"\nmsgstr[0] "%(count)s 只狗"' in (project / "locales" / "zh_CN.po").read_text(
        encoding="utf-8"
    )


def test_merge_takes_codes_into_the_table_and_translations_into_the_catalog(project: Path) -> None:
    rows = "# code, English, Chinese\nb.x\tBee %(n)s\t蜂 %(n)s\n\na.x\tAnt\t蚁\n"
    assert merge(rows, root=project, folder=project / "locales") == 2
    assert (project / "locales" / "labels.tsv").read_text(encoding="utf-8") == (
        "a.x\tAnt\nb.x\tBee %(n)s\nenum.Door.open\tOpen\n"
    )
    assert texts(project)[None, "Ant"] == ("蚁",)
    assert texts(project)[None, "Bee %(n)s"] == ("蜂 %(n)s",)


def test_merging_twice_changes_nothing_more_and_a_second_meaning_gets_its_code(project: Path) -> None:
    folder = project / "locales"
    rows = "enum.Door.open\tOpen\t打开\nenum.Case.open\tOpen\t待处理\n"
    merge(rows, root=project, folder=folder)
    once = (folder / "zh_CN.po").read_bytes()
    assert texts(project)[None, "Open"] == ("打开",)
    assert texts(project)["enum.Case.open", "Open"] == ("待处理",)
    merge(rows, root=project, folder=folder)
    assert (folder / "zh_CN.po").read_bytes() == once
    merge("enum.Case.open\tOpen\t打开\n", root=project, folder=folder)
    assert ("enum.Case.open", "Open") not in texts(project)


def test_merge_replaces_the_text_of_a_known_code(project: Path) -> None:
    merge("enum.Door.open\tAjar\t半开\n", root=project, folder=project / "locales")
    assert (project / "locales" / "labels.tsv").read_text(encoding="utf-8") == "enum.Door.open\tAjar\n"


@pytest.mark.parametrize("line", ["a\tb\t", "\ta", "a\tb\tc\td", "a b c"])
def test_a_broken_line_changes_nothing(project: Path, line: str) -> None:
    before = {path: path.read_bytes() for path in (project / "locales").iterdir()}
    with pytest.raises(ValueError, match="no line of code"):
        merge(f"a.x\tAnt\t蚁\n{line}\n", root=project, folder=project / "locales")
    assert {path: path.read_bytes() for path in (project / "locales").iterdir()} == before


def test_the_commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran: list[object] = []

    def merged(rows: str) -> int:
        ran.append(rows)
        return 1

    monkeypatch.setattr(catalog, "update", lambda *, prune: ran.append(prune))
    monkeypatch.setattr(catalog, "merge", merged)
    monkeypatch.setattr(catalog, "check", lambda _language: Gaps((), ("old",)))
    rows = tmp_path / "rows.tsv"
    rows.write_text("\ufeffa\tb\tc\n", encoding="utf-8")
    assert [main(["update"]), main(["update", "--prune"]), main(["merge", str(rows)]), main(["check"])] == [0, 0, 0, 0]
    assert ran == [False, True, "a\tb\tc\n"]
    assert "obsolete: old" in capsys.readouterr().out
    monkeypatch.setattr(catalog, "check", lambda _language: Gaps(("new",), ()))
    assert main(["check"]) == 1
    assert "missing: new" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["merge"], ["sing"], ["update", "--all"]])
def test_an_unknown_command_says_how(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "python -m locales.catalog" in capsys.readouterr().err
