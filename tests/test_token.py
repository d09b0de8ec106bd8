"""The bot's token: where it is found, and that nobody ever reads it."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from artstyle.bot import token as tokens
from artstyle.bot.token import FILE, HOW, VARIABLE, find, hide
from artstyle.errors import TokenError

SECRET = "AAH-" + "t" * 31
TOKEN = f"123456789:{SECRET}"
OTHER, THIRD = f"222:{SECRET}2", f"333:{SECRET}3"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No token in the environment of the tests."""
    monkeypatch.setattr(tokens, "SECRET", tmp_path / "run/secrets/telegram_bot_token")
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv(f"{VARIABLE}_FILE", raising=False)


def in_file(monkeypatch: pytest.MonkeyPatch, path: Path, content: bytes) -> None:
    path.write_bytes(content)
    monkeypatch.setenv(f"{VARIABLE}_FILE", str(path))


def in_python(root: Path, source: str) -> None:
    (root / FILE).write_text(source)


def refusal(root: Path) -> str:
    """The message when no token is found."""
    with pytest.raises(TokenError) as caught:
        find(root)
    message = str(caught.value)
    assert SECRET not in message and "\n" not in message
    assert caught.value.__cause__ is None  # a traceback would show it
    return message


def test_the_environment_overrides_the_named_file_then_the_secret_then_the_python_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_python(tmp_path, f'TOKEN = "{THIRD}"')
    assert find(tmp_path) == THIRD
    tokens.SECRET.parent.mkdir(parents=True)
    tokens.SECRET.write_text(f"{TOKEN}\n")
    assert find(tmp_path) == TOKEN
    in_file(monkeypatch, tmp_path / "secret", OTHER.encode())
    assert find(tmp_path) == OTHER
    monkeypatch.setenv(VARIABLE, TOKEN)
    assert find(tmp_path) == TOKEN


def test_a_secret_that_cant_be_read_is_named(tmp_path: Path) -> None:
    tokens.SECRET.parent.mkdir(parents=True)
    tokens.SECRET.write_bytes(b"\xff\xfe")
    assert f"{tokens.SECRET}, a secret, can't be read (it isn't text)" in refusal(tmp_path)


def test_a_python_file_that_may_not_be_read_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_python(tmp_path, f'TOKEN = "{TOKEN}"')

    def locked(_: str) -> None:
        raise PermissionError(13, "Permission denied")  # root may read everything

    monkeypatch.setattr("runpy.run_path", locked)
    assert refusal(tmp_path) == f"{tmp_path / FILE} can't be read (Permission denied)"


@pytest.mark.parametrize("content", [f"{TOKEN}\n", f"  {TOKEN}\r\n", f"\ufeff{TOKEN}"])
def test_what_editors_put_around_a_token_is_left_out(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_file(monkeypatch, tmp_path / "secret", content.encode())
    assert find(tmp_path) == TOKEN
    monkeypatch.setenv(VARIABLE, f" {OTHER}\n")
    assert find(tmp_path) == OTHER


def test_an_empty_source_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " ")
    in_file(monkeypatch, tmp_path / "secret", b"\n")
    in_python(tmp_path, f"TOKEN = '{TOKEN}'  # of the artstyle bot")
    assert find(tmp_path) == TOKEN


def test_without_a_token_one_is_told_how_to_get_it(tmp_path: Path) -> None:
    told = refusal(tmp_path)
    assert told == f"the bot has no token: {HOW}"
    for word in ("@BotFather", "/newbot", VARIABLE, f"{VARIABLE}_FILE", f'TOKEN = "…" into {FILE}'):
        assert word in told


@pytest.mark.parametrize(
    "token",
    [
        SECRET,
        f"bot{TOKEN}",
        f"'{TOKEN}'",
        f"{TOKEN}/getMe",
        TOKEN.replace(":", "%3A"),
        "123456789:short",
        "१२३४५६७८९:" + SECRET,
    ],
)
def test_what_has_not_the_form_of_a_token_is_refused(
    token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, token)
    told = refusal(tmp_path)
    assert "doesn't look like one" in told and "@BotFather" in told
    assert token not in told


def test_a_file_that_cant_be_read_is_named_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{VARIABLE}_FILE", str(tmp_path / "missing"))
    assert refusal(tmp_path) == (
        f"{tmp_path}/missing, named by {VARIABLE}_FILE, can't be read (No such file or directory)"
    )
    monkeypatch.setenv(f"{VARIABLE}_FILE", str(tmp_path))
    assert "can't be read (Is a directory)" in refusal(tmp_path)
    in_file(monkeypatch, tmp_path / "picture", b"\x89PNG\xff\xfe")
    assert "can't be read (it isn't text)" in refusal(tmp_path)
    monkeypatch.setenv(f"{VARIABLE}_FILE", TOKEN)  # the token itself isn't repeated
    assert f"[token], named by {VARIABLE}_FILE, can't be read" in refusal(tmp_path)


@pytest.mark.parametrize(
    "source",
    [
        f'raise ValueError("{TOKEN}")',
        f'import sys; sys.exit("{TOKEN}")',
        f"TOKEN = {TOKEN}",
        f'TOKEN = "{TOKEN}',
        f'import no_such_module_{"x" * 3} as TOKEN  # "{TOKEN}"',
        "TOKEN = \0",
    ],
)
def test_a_python_file_that_breaks_is_named(source: str, tmp_path: Path) -> None:
    in_python(tmp_path, source)
    assert refusal(tmp_path) == f'{tmp_path / FILE} isn\'t a Python file with TOKEN = "…"'


@pytest.mark.parametrize("source", ["", "TOKEN = 7", f'token = "{TOKEN}"'])
def test_a_python_file_with_something_else_holds_no_token(source: str, tmp_path: Path) -> None:
    in_python(tmp_path, source)
    assert "the bot has no token" in refusal(tmp_path)


@pytest.mark.filterwarnings("error")
def test_python_doesnt_show_the_line_of_a_token_that_it_warns_of(tmp_path: Path) -> None:
    in_python(tmp_path, f'TOKEN = "{TOKEN}\\d"')
    assert "doesn't look like one" in refusal(tmp_path)


@contextmanager
def hidden() -> Iterator[io.StringIO]:
    """Log into a text with the token hidden, and without a trace in the other tests."""
    root, written = logging.getLogger(), io.StringIO()
    known = [logging.getLogger(name) for name in ("httpx", "httpcore")]
    before = root.handlers, root.level, [logger.level for logger in known]
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root.handlers = [handler]
    root.setLevel(logging.DEBUG)
    try:
        hide(TOKEN)
        yield written
    finally:
        root.handlers = before[0]
        root.setLevel(before[1])
        for logger, level in zip(known, before[2], strict=True):
            logger.setLevel(level)


logger = logging.getLogger("some.module")


def test_the_token_is_hidden_in_messages_and_arguments() -> None:
    with hidden() as written:
        logger.warning(f"at /bot{TOKEN}/getMe")
        logger.error("at %s: %r", TOKEN, {"url": f"https://x/file/bot{TOKEN}/a.jpg"})
    assert written.getvalue() == (
        "WARNING some.module: at /bot[token]/getMe\n"
        "ERROR some.module: at [token]: {'url': 'https://x/file/bot[token]/a.jpg'}\n"
    )


def test_the_token_is_hidden_in_every_part_of_a_traceback() -> None:
    with hidden() as written:
        try:
            try:
                raise OSError(f"no route to /bot{TOKEN}/sendPhoto")
            except OSError as error:
                raise ValueError(f"bad: {TOKEN}") from error
        except ValueError:
            logger.exception("it broke", stack_info=True)
    text = written.getvalue()
    assert SECRET not in text
    assert "OSError: no route to /bot[token]/sendPhoto" in text
    assert "ValueError: bad: [token]" in text and "Traceback" in text


@pytest.mark.parametrize(
    "form", [TOKEN.replace(":", "%3A"), TOKEN.replace(":", "%3a"), SECRET, f"{TOKEN}{TOKEN}"]
)
def test_the_token_is_hidden_in_other_forms_too(form: str) -> None:
    with hidden() as written:
        logger.warning("at /bot%s/getMe", form)
    assert SECRET not in written.getvalue()
    assert "at /bot[token]" in written.getvalue()


def test_what_is_not_the_token_stays() -> None:
    with hidden() as written:
        logger.warning("user 123456789 sent AAH-t, ratio 1:2")
    assert written.getvalue() == "WARNING some.module: user 123456789 sent AAH-t, ratio 1:2\n"


def test_every_handler_hides_it_also_one_without_a_formatter() -> None:
    with hidden():
        more = io.StringIO()
        logging.getLogger().addHandler(logging.StreamHandler(more))
        hide(TOKEN)
        logger.warning("at %s", TOKEN)
    assert more.getvalue() == "at [token]\n"


def test_the_addresses_that_are_asked_are_not_logged() -> None:
    with hidden() as written:
        transport = httpx.MockTransport(lambda _: httpx.Response(200))
        with httpx.Client(transport=transport) as client:
            assert client.get(f"https://api.telegram.org/bot{TOKEN}/getMe").status_code == 200
        logging.getLogger("httpcore.http11").debug("send_request_headers")
        assert written.getvalue() == ""
        logging.getLogger("httpx").warning("odd: %s", TOKEN)
    assert written.getvalue() == "WARNING httpx: odd: [token]\n"
