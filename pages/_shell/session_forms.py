"""The plain pages around the door: one frame, a few fields, no script. Everything from outside is escaped."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import Final, Literal

from starlette.responses import HTMLResponse

from locales.translator import Translator

_FOLDER: Final = Path(__file__).parent / "session_pages"
_NAMES: Final = {"zh_CN": "简体中文", "en": "English"}
_HTML_LANGUAGES: Final = {"zh_CN": "zh-CN", "en": "en"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; ``autocomplete`` tells password managers what belongs in it."""

    name: str
    label: str
    autocomplete: str
    kind: Literal["text", "password"] = "text"
    value: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence above the form."""

    text: str
    kind: Literal["refused", "good"] = "refused"


@dataclass(frozen=True, slots=True)
class FormPage:
    """A page with one form. ``links`` are addresses with their words."""

    action: str
    title: str
    button: str
    intro: str = ""
    fields: tuple[Field, ...] = ()
    links: tuple[tuple[str, str], ...] = ()


def render(page: FormPage, words: Translator, *, notice: Notice | None = None, status: int = 200) -> HTMLResponse:
    """Write the page in the language of ``words``."""
    other = "en" if words.language == "zh_CN" else "zh_CN"
    texts = {
        "lang": _HTML_LANGUAGES[words.language],
        "language": words.language,
        "other": other,
        "other_lang": _HTML_LANGUAGES[other],
        "other_name": _NAMES[other],
        "tagline": words.t("Operations portal for property services"),
        "title": page.title,
        "intro": page.intro,
        "action": page.action,
        "button": page.button,
    }
    parts = {
        "style": _text("style.css"),
        "notice": "" if notice is None else f'<p class="notice {notice.kind}" role="alert">{escape(notice.text)}</p>',
        "fields": "".join(_field(f, focus=f is _first_empty(page.fields)) for f in page.fields),
        "links": "".join(f'<a href="{escape(to)}">{escape(text)}</a>' for to, text in page.links),
    }
    escaped = {name: escape(text) for name, text in texts.items()}
    html = Template(_text("frame.html")).substitute(escaped | parts)
    return HTMLResponse(html, status, headers={"content-security-policy": _policy(), "cache-control": "no-store"})


def _first_empty(fields: tuple[Field, ...]) -> Field | None:
    return next((field for field in fields if not field.value), None)


def _field(field: Field, *, focus: bool) -> str:
    hint_id = f"{field.name}-hint"
    return Template(_text("field.html")).substitute(
        name=escape(field.name),
        label=escape(field.label),
        type=field.kind,
        value="" if field.kind == "password" else escape(field.value),
        autocomplete=escape(field.autocomplete),
        hint=f'<small id="{hint_id}">{escape(field.hint)}</small>' if field.hint else "",
        hint_id=f' aria-describedby="{hint_id}"' if field.hint else "",
        focus=" autofocus" if focus else "",
    )


@cache
def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def watch_script() -> str:
    """The script that takes a signed-out page off the screen."""
    return _text("watch.js")


@cache
def _policy() -> str:
    """Nothing may load but the one style we wrote, known by its hash; forms go to ourselves; nobody frames us."""
    digest = base64.b64encode(hashlib.sha256(_text("style.css").encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
