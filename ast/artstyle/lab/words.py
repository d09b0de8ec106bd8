"""What the pages say, in English and Russian.

Templates and modules write English and pass it through one function: ``t("Paint it")``, or with
values ``t("{count} selected", count=3)``. Scripts do the same with the texts that the page gives
them. A test asks for a Russian text for each.
"""

import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Protocol

from aiohttp import web

from artstyle.lab.russian import RUSSIAN

COOKIE = "artstyle_language"
LANGUAGES: Mapping[str, str] = {"en": "English", "ru": "Русский"}
ASSETS = Path(__file__).parent / "assets"
CALL = re.compile(r"""\bt\(\s*"((?:[^"\\]|\\.)*)\"""")


class Translate(Protocol):
    def __call__(self, text: str, **values: object) -> str: ...


def translate(language: str, text: str, **values: object) -> str:
    """A text in a language, with its values filled in."""
    found = RUSSIAN.get(text, text) if language == "ru" else text
    return found.format(**values) if values else found


def translator(language: str) -> Translate:
    return partial(translate, language)


def language_of(request: web.Request) -> str:
    """The language that a visitor chose, or else the browser's."""
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else _accepted(request.headers.get("Accept-Language", ""))


def _accepted(header: str) -> str:
    """The first language of the header, by its weights, that there is."""
    weighted: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, weight = part.partition(";q=")
        try:
            weighted.append((float(weight or 1), tag.strip().lower()[:2]))
        except ValueError:
            continue
    ordered = sorted(weighted, key=lambda pair: -pair[0])
    return next((tag for weight, tag in ordered if weight > 0 and tag in LANGUAGES), "en")


@cache
def script_words(language: str) -> dict[str, str]:
    """The texts of the scripts, where they differ from English."""
    if language == "en":
        return {}
    texts = {text for path in ASSETS.glob("*.js") for text in CALL.findall(path.read_text())}
    return {text: translate(language, text) for text in sorted(texts)}
