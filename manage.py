"""The door for operators and timers: what can be done with the portal from the command line.

``init``, ``migrate``, ``backup``, ``restore``, ``verify``, ``tidy``, ``tick``, ``demo``, ``import``, ``bill-run``
and ``bring-users``.
Answers in Chinese unless ``--lang en`` is given; ends with 0 when all is well, 1 when the self-check found something,
2 when something was refused.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from core.imports.kinds import ImportKind
from core.kernel.errors import BusinessError
from core.kernel.periods import Month
from db.files import Places
from db.jobs import commands, demo_command, office
from db.jobs.demo_history import HISTORY
from locales.labels import error_sentence
from locales.translator import DEFAULT_LANGUAGE, Translator

app = typer.Typer(help="Guanjia: operating the portal.", no_args_is_help=True, add_completion=False)
Lang = Annotated[str, typer.Option("--lang", help="Language of the answers: zh_CN or en.")]


def answer(lang: str, command: Callable[[Places], commands.Said]) -> None:
    """Carry out a command on the configured places and print what it says, one line each."""
    words = Translator(lang)
    try:
        said = command(Places.from_environment())
    except BusinessError as refusal:
        typer.echo(error_sentence(words, refusal), err=True)
        raise typer.Exit(2) from refusal
    except (RuntimeError, SQLAlchemyError, OSError) as trouble:  # an unsafe place, keys, guards; no database, no disk
        typer.echo(f"{type(trouble).__name__}: {getattr(trouble, 'orig', None) or trouble}", err=True)
        raise typer.Exit(2) from trouble
    for line in said.lines:
        typer.echo(error_sentence(words, line))
    if not said.is_well:
        raise typer.Exit(1)


@app.command()
def init(lang: Lang = DEFAULT_LANGUAGE) -> None:
    """Make keys, database and reference data; print the set-up code where nobody can sign in yet."""
    answer(lang, lambda places: commands.init(places, datetime.now(UTC)))


@app.command()
def migrate(lang: Lang = DEFAULT_LANGUAGE) -> None:
    """Bring the database to today's schema."""
    answer(lang, commands.upgrade)


@app.command()
def backup(folder: Path, lang: Lang = DEFAULT_LANGUAGE) -> None:
    """Save the whole database into a new file in FOLDER, while people work."""
    answer(lang, lambda places: commands.save(places, folder, datetime.now(UTC)))


@app.command()
def restore(
    file: Path,
    into: Annotated[str, typer.Option(help="Address of an empty database; the configured one when not given.")] = "",
    lang: Lang = DEFAULT_LANGUAGE,
) -> None:
    """Restore the backup FILE into an empty database, and check everything."""
    answer(lang, lambda places: commands.bring_back(places, file, into))


@app.command()
def verify(
    against: Annotated[Path | None, typer.Option(help="A backup whose audit heads must still hold.")] = None,
    lang: Lang = DEFAULT_LANGUAGE,
) -> None:
    """Check books, sums and audit log, and name what is wrong."""
    answer(lang, lambda places: commands.check(places, against))


@app.command()
def tidy(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how much there is to do.")] = False,
    lang: Lang = DEFAULT_LANGUAGE,
) -> None:
    """Forget what may not be kept any longer and archive what is over; a timer runs it every night."""
    answer(lang, lambda places: commands.tidy(places, datetime.now(UTC), dry_run=dry_run))


@app.command()
def tick(lang: Lang = DEFAULT_LANGUAGE) -> None:
    """Tell of complaints and requests whose time runs out; the running portal does it every minute by itself."""
    answer(lang, lambda places: commands.look_at_clocks(places, datetime.now(UTC)))


@app.command()
def demo(
    with_users: Annotated[bool, typer.Option(help="Print a one-time code for each of the company's people.")] = False,
    lang: Lang = DEFAULT_LANGUAGE,
) -> None:
    """Load the demonstration company into an empty portal; this takes some minutes."""
    with typer.progressbar(length=100, file=sys.stderr) as bar:

        def report(step: str, done: int, total: int) -> None:
            if step == HISTORY:  # what comes before takes a few seconds
                bar.update(100 * done // total - bar.pos)

        answer(lang, lambda places: demo_command.load(places, datetime.now(UTC), with_users=with_users, report=report))


@app.command("import")
def bring_in(
    file: Path,
    kind: Annotated[ImportKind, typer.Option(help="What the file is a list of.")],
    skip_bad_rows: Annotated[bool, typer.Option(help="Leave rows with problems out instead of refusing.")] = False,
    lang: Lang = DEFAULT_LANGUAGE,
) -> None:
    """Import FILE as the import centre would: all rows or none."""
    now = datetime.now(UTC)
    answer(lang, lambda places: office.bring_in(places, file, kind, now, skip_bad_rows=skip_bad_rows))


@app.command("bill-run")
def bill_run(
    estate: str,
    month: Annotated[datetime, typer.Argument(formats=["%Y-%m"], help="As 2026-11.")],
    lang: Lang = DEFAULT_LANGUAGE,
) -> None:
    """Prepare the bills of ESTATE (its code) for MONTH; a supervisor posts them in the portal."""
    answer(lang, lambda places: office.prepare_bills(places, estate, Month.of(month.date()), datetime.now(UTC)))


@app.command("bring-users")
def bring_users(file: Path, lang: Lang = DEFAULT_LANGUAGE) -> None:
    """Bring the people of FILE over, a credentials file of streamlit-authenticator; roles are given in the portal."""
    answer(lang, lambda places: office.bring_users(places, file, datetime.now(UTC)))


if __name__ == "__main__":
    app()
