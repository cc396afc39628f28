"""The house plan, held by the gate (architecture.md §3, §5; security.md lint lines)."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from pages._shell.registry import PAGES

ROOT = Path(__file__).resolve().parents[1]
CODE = ("core", "db", "pages", "locales", "app.py", "manage.py")
CHINESE = re.compile(r"[\u3400-\u9fff]")
WORDS_OF_FILES = {
    "core/imports/vocabulary.py",
    "core/imports/case_vocabulary.py",
    "core/customers/surnames.py",
    "core/admin/common_passwords.py",
    "db/jobs/demo_words.py",
    "db/jobs/demo_service_words.py",
    "db/files.py",
}


def tracked(*suffixes: str) -> list[Path]:
    """Every file of the project that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [ROOT / name for name in listed if (not suffixes or name.endswith(suffixes)) and (ROOT / name).is_file()]


def sources(*folders: str) -> list[Path]:
    """The Python files below these folders (or the files themselves)."""
    return sorted(
        p for f in folders for p in ([ROOT / f] if f.endswith(".py") else (ROOT / f).rglob("*.py")) if p.is_file()
    )


def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """The path inside the project."""
    return path.relative_to(ROOT).as_posix()


PAGE_SCRIPTS = [p for p in sources("pages") if "_shell" not in p.parts and p.name != "__init__.py"]


def test_no_script_lies_directly_in_pages() -> None:
    """Such a script would run without app.py after a restart, and skip sign-in (pitfall 1)."""
    assert [p.name for p in (ROOT / "pages").glob("*.py")] == ["__init__.py"]


def test_the_registry_and_the_scripts_are_the_same_pages() -> None:
    assert {entry.script for entry in PAGES} == set(PAGE_SCRIPTS)
    assert len({entry.url_path for entry in PAGES}) == len(PAGES)


@pytest.mark.parametrize("path", PAGE_SCRIPTS, ids=name_of)
def test_a_page_is_short_and_plain(path: Path) -> None:
    """At most 100 lines; opens itself under its own key; no classes, nested functions, try, or sibling imports."""
    text, module = path.read_text(encoding="utf-8"), tree(path)
    assert len(text.splitlines()) <= 100
    key = f"{path.parent.name}.{path.stem}"
    assert f'open_page("{key}")' in text or f'live_page("{key}", ' in text
    for node in ast.walk(module):
        assert not isinstance(node, ast.ClassDef | ast.Try), ast.dump(node)[:80]
        if isinstance(node, ast.FunctionDef):
            assert not any(isinstance(inner, ast.FunctionDef) for inner in ast.walk(node) if inner is not node)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pages."):
            assert (node.module or "").startswith("pages._shell")


@pytest.mark.parametrize("path", [p for p in sources(*CODE) if name_of(p) not in WORDS_OF_FILES], ids=name_of)
def test_code_holds_no_words_for_people(path: Path) -> None:
    """Chinese stands in locales, the language of files, demonstration data and comments only (convention 17)."""
    if path.is_relative_to(ROOT / "locales"):
        return
    module = tree(path)
    documented = {
        id(node.body[0].value)
        for node in ast.walk(module)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    attributes = {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    spoken = [
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CHINESE.search(node.value)
        and id(node) not in documented | attributes
    ]
    allowed = {"简体中文", "管家 Guanjia", "登录 / Sign in"}
    assert set(spoken) <= allowed


@pytest.mark.parametrize("path", sources(*CODE), ids=name_of)
def test_dangerous_calls_are_not_used(path: Path) -> None:
    """No eval, pickle, unsafe HTML, shell, f-string SQL, frame eval or disk cache (security.md 1.2.x, 1.5.2; T11)."""
    text = path.read_text(encoding="utf-8")
    for banned in ("unsafe_allow_html", "import pickle", "os.system", "shell=True", 'persist="disk"', ".query(f"):
        assert banned not in text, banned
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        assert called not in {"eval", "exec"} or "re." in text, called
        if called == "text" and path.is_relative_to(ROOT / "db") and node.args:
            assert not isinstance(node.args[0], ast.JoinedStr) or "migrations" in path.parts or "schema" in path.name


@pytest.mark.parametrize("path", sources("core"), ids=name_of)
def test_a_core_file_fits_one_reading(path: Path) -> None:
    if path.name not in {"surnames.py", "common_passwords.py", "vocabulary.py"}:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_functions_are_short() -> None:
    """90 % of the functions have at most 25 lines."""
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in sources("core", "db", "pages")
        if "versions" not in path.parts
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert lengths[int(len(lengths) * 0.9)] <= 25


def test_nothing_names_a_machine_or_a_registry() -> None:
    hosts = ("files.python" + "hosted.org", "pypi" + ".org", "registry" + ".npmjs")
    paths = ("/" + "farm/", "/" + "work/", "." + "library/")
    for path in tracked():
        if path.suffix in {".png", ".db"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        assert not [one for one in (*hosts, *paths) if one in text], name_of(path)


def test_no_file_is_a_data_set() -> None:
    """Real files and databases never come into the repository."""
    assert not [name_of(p) for p in tracked() if p.suffix in {".csv", ".xlsx", ".xls", ".db", ".sqlite"}]


def test_pages_never_touch_the_transaction() -> None:
    """Pages commit nothing and hold no session (pitfall 3)."""
    for path in PAGE_SCRIPTS:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\.commit\(|\.rollback\(|Session\(|perform\(|fetch\(", text), name_of(path)


def test_database_code_never_speaks_to_the_browser() -> None:
    for path in sources("db", "core"):
        assert "streamlit" not in {
            (alias.name.split(".")[0])
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Import)
            for alias in node.names
        }, name_of(path)


def test_the_shell_knows_no_capability() -> None:
    """Panels build on the shell, never the other way round."""
    for path in (ROOT / "pages" / "_shell").glob("*.py"):
        assert "_shell.panels" not in path.read_text(encoding="utf-8"), name_of(path)
