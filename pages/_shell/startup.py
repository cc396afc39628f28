"""What must be true before the first request is answered; anything else and the portal does not start.

Configuration (security.md §1, baseline), places and keys (T2, T27), durable settings and guards of the database (R10,
R2), today's schema. The values are asserted here, in code: a configuration file can be edited or left behind.
"""

import base64
import hashlib
import re
import secrets
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from logging import getLogger
from pathlib import Path
from typing import Final

import streamlit as st
from streamlit import config, file_util

from db.files import Places, check_data_folder, system_mounts
from db.guards import check_guards
from db.jobs.worker import new_worker
from db.operations.set_up import issue_set_up_code
from db.passwords import get_ready
from db.portal import portal_database
from db.queries.users import somebody_brought_over
from db.schema import schema_differences
from locales.translator import LANGUAGES, Translator
from pages._shell import clock
from pages._shell.gate import IDENTITY_HEADER, Rules
from pages._shell.session_routes import FIRST_RUN, PUBLIC, WATCH_SCRIPT

_LOG: Final = getLogger("guanjia")
_SHORTEST_SECRET: Final = 32

BASELINE: Final[Mapping[str, object]] = {
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.scriptHealthCheckEnabled": False,
    "server.maxUploadSize": 10,
    "server.disconnectedSessionTTL": 60,
    "server.fileWatcherType": "none",
    "server.baseUrlPath": "",
    "server.trustedUserHeaders": {IDENTITY_HEADER: "session"},
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "client.toolbarMode": "minimal",
    "client.disableDataExport": True,
    "client.showSidebarNavigation": True,
    "browser.gatherUsageStats": False,
    "runner.magicEnabled": False,
    "runner.postScriptGC": False,
    "global.developmentMode": False,
}
"""Options of Streamlit's and the one value each may have."""

_SQLITE: Final = "sqlite:///"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class UnsafeStart(RuntimeError):
    """The configuration, the places or the database are not safe; the portal does not start."""


def check_configuration(option: Callable[[str], object]) -> None:
    """Hold Streamlit's options against the baseline; raise ``UnsafeStart`` naming all that are off."""
    wrong = [f"{name} must be {wanted!r}, not {option(name)!r}" for name, wanted in BASELINE.items()
             if option(name) != wanted]  # fmt: skip
    if option("server.address") not in _LOOPBACK:
        wrong.append("server.address must be this computer (127.0.0.1); a proxy with TLS stands before others")
    for name in ("server.allowedHosts", "server.corsAllowedOrigins"):
        names = option(name)
        if not isinstance(names, list) or not names or any("*" in one for one in names):
            wrong.append(f"{name} must name each of them, without *")
    if len(str(option("server.cookieSecret"))) < _SHORTEST_SECRET:
        wrong.append(f"server.cookieSecret needs {_SHORTEST_SECRET} random characters, or none at all")
    if wrong:
        raise UnsafeStart("; ".join(wrong))


def check_places(places: Places, *, mounts: str) -> None:
    """Refuse a data folder that others may read or that lies on a share; the key file is checked where it is read."""
    if not places.data.is_dir():
        raise UnsafeStart(f"there is no data folder at {places.data}; run: python manage.py init")
    folders = {places.data}
    if places.database_url.startswith(_SQLITE):
        folders.add(Path(places.database_url.removeprefix(_SQLITE)).resolve().parent)
    for folder in folders:
        if folder.stat().st_mode & 0o077:
            raise UnsafeStart(f"{folder} is open to others; run: chmod 700 {folder}")
        check_data_folder(folder, mounts=mounts)


def check_database() -> None:
    """Open the database, with its durable settings proven, and check that guards and tables are today's."""
    database = portal_database()
    with database.reading() as connection:
        check_guards(connection)
    if schema_differences(database):
        raise UnsafeStart("the database has not today's tables; run: python manage.py init")


def refuse_unsafe() -> None:
    """Check everything; what is not safe ends the process with one sentence instead of a traceback."""
    try:
        check_configuration(config.get_option)
        check_places(Places.from_environment(), mounts=system_mounts())
        check_database()
    except RuntimeError as error:  # all refusals of a start are of this kind
        raise SystemExit(f"The portal does not start: {error}") from error


def gate_rules() -> Rules:
    """What the gate goes by, from the checked configuration."""
    return Rules(
        hosts=frozenset(host.lower() for host in config.get_option("server.allowedHosts")),
        origins=frozenset(config.get_option("server.corsAllowedOrigins")),
        public=PUBLIC,
        page_policy=page_policy((Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")),
        page_script=WATCH_SCRIPT,
    )


def page_policy(index: str) -> str:
    """The content security policy of Streamlit's pages: everything from here, nothing inline but its own few lines.

    ``unsafe-eval`` is what Vega's expressions need; styles are written inline by Streamlit's own style engine.
    """
    inline = re.findall(r"<script>(.*?)</script>", index, re.DOTALL)
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in inline)
    scripts = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'self'; script-src 'self' 'unsafe-eval' {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
        "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Get ready before the first request, and say on the console how to begin where nobody can sign in yet."""
    with portal_database().reading() as connection:
        get_ready(brought_over=somebody_brought_over(connection))
    code = issue_set_up_code(portal_database(), now=clock.now())
    if code is not None:
        port = config.get_option("server.port")
        sys.stdout.write(f"\n  Set-up code (24 hours): {code}\n  http://localhost:{port}{FIRST_RUN}\n\n")
        sys.stdout.flush()
    worker = new_worker(portal_database(), clock.now)
    worker.start()
    try:
        yield
    finally:
        worker.stop()


def show_script_error(error: Exception) -> bool:
    """Show a number in place of a traceback; the log has both (T17)."""
    number = secrets.token_hex(4).upper()
    _LOG.error("error %s", number, exc_info=error)
    for language in LANGUAGES:
        text = Translator(language).t(
            "Something went wrong. Please tell your administrator this number: %(n)s", n=number
        )
        st.error(text, icon=":material/error:")
    return True
