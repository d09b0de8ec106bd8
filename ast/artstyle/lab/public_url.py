"""The address at which others reach the lab: AST_URL."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from artstyle.errors import ArgumentError

ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[\w.~-]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class PublicUrl:
    """An address without a slash at its end; empty where the lab has only its own."""

    text: str = ""

    def __post_init__(self) -> None:
        if self.text and not (ADDRESS.fullmatch(self.text) and self.host):
            raise ArgumentError(
                'AST_URL must be like "https://art.example.org" or "https://example.org/art", '
                f'but is "{self.text}"'
            )

    @classmethod
    def read(cls, text: str) -> "PublicUrl":
        """The value of AST_URL; raises `ArgumentError`."""
        return cls(text.rstrip("/"))

    @property
    def host(self) -> str:
        """Its host's name or address, in small letters."""
        return (urlsplit(self.text).hostname or "").strip("[]")

    @property
    def origin(self) -> str:
        """Scheme, host and port, as browsers send them."""
        return self.text.removesuffix(self.folder)

    @property
    def folder(self) -> str:
        """``/art``, or empty where the lab has the whole site."""
        return urlsplit(self.text).path

    @property
    def https(self) -> bool:
        return self.text.startswith("https:")


NOWHERE_ELSE = PublicUrl()
