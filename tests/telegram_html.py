"""The HTML of a message (parse_mode="HTML") and what Telegram says when it is broken."""

from __future__ import annotations

import re
from html import unescape

from tests.telegram_limits import ApiError, Json, bad, utf16

TOKEN = re.compile(
    r"<(?P<end>/?)(?P<tag>[a-zA-Z][\w-]*)(?P<attributes>(?:\s[^<>]*)?)>"
    r"|(?P<stray><)"
    r"|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);"
)
HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""")
TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
}


def formatted(source: str, mode: str | None) -> tuple[str, list[Json]]:
    """Return the text that a reader sees and its entities."""
    source = source.strip()  # Telegram trims every text and caption
    if mode is None:
        return source, []
    if mode.lower() != "html":
        raise bad("unsupported parse_mode: this server knows HTML only")
    return _Parser(source).parsed()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.text = ""
        self.open: list[tuple[str, Json]] = []
        self.entities: list[Json] = []

    def parsed(self) -> tuple[str, list[Json]]:
        read = 0
        for token in TOKEN.finditer(self.source):
            self.text += self.source[read : token.start()]
            self._take(token)
            read = token.end()
        self.text += self.source[read:]
        if self.open:
            raise self._broken(
                f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"'
            )
        self.entities.sort(key=lambda entity: entity["offset"])
        return self.text, self.entities

    def _take(self, token: re.Match[str]) -> None:
        place = f"at byte offset {len(self.source[: token.start()].encode())}"
        if token["stray"]:
            raise self._broken(f'Unsupported start tag "" {place}')
        if token["tag"] is None:
            self.text += unescape(token[0])
        elif token["end"]:
            self._close(token["tag"].lower(), place)
        else:
            self._open(token["tag"].lower(), token["attributes"], place)

    def _open(self, tag: str, attributes: str, place: str) -> None:
        if tag not in TAGS:
            raise self._broken(f'Unsupported start tag "{tag}" {place}')
        entity: Json = {"type": TAGS[tag], "offset": utf16(self.text)}
        if tag == "a":
            href = HREF.search(attributes)
            entity["url"] = unescape(href[1] or href[2] or "") if href else ""
        self.open.append((tag, entity))

    def _close(self, tag: str, place: str) -> None:
        if not self.open:
            raise self._broken(f"Unexpected end tag {place}")
        expected, entity = self.open.pop()
        if tag != expected:
            raise self._broken(
                f'Unmatched end tag {place}, expected "</{expected}>", found "</{tag}>"'
            )
        entity["length"] = utf16(self.text) - entity["offset"]
        if entity["length"]:
            self.entities.append(entity)

    def _broken(self, why: str) -> ApiError:
        return bad(f"can't parse entities: {why}")
