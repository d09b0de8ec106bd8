"""AST_URL, taken apart."""

import pytest

from artstyle.errors import ArgumentError
from artstyle.lab.public_url import PublicUrl


def test_its_parts() -> None:
    url = PublicUrl.read("https://Art.example.org:90/a/b/")
    assert (url.host, url.origin, url.folder) == (
        "art.example.org",
        "https://Art.example.org:90",
        "/a/b",
    )
    assert url.https and not PublicUrl.read("http://art.example.org").https


def test_an_address_without_a_folder() -> None:
    url = PublicUrl.read("http://[fd00::1]:8080/")
    assert (url.host, url.origin, url.folder) == ("fd00::1", "http://[fd00::1]:8080", "")


def test_none_is_given() -> None:
    url = PublicUrl.read("")
    assert (url.host, url.origin, url.folder, url.https) == ("", "", "", False)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "art.example.org",
            "ftp://art.example.org",
            "http:",
            "https://",
            "https://a?b",
            "http://:80",
        ),
        *(
            "https://a/b?c",
            "https://a/b#c",
            "https://u@a",
            "https://a//b",
            "https://a/b c",
            "https://a/ä",
        ),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match="AST_URL must be like"):
        PublicUrl.read(text)
