"""Docker's HEALTHCHECK: what it asks, and what it says."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import config
import pytest
from container import health

from artstyle.bot.heartbeat import Heartbeat


class Answer(BaseHTTPRequestHandler):
    """Answers as the lab does, or with an error."""

    status, body = 200, b""

    def do_GET(self) -> None:  # the library names it so
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serve a lab's health; any proxy of the machine must not be asked."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setattr(Answer, "status", 200)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("cmdline", "words"),
    [
        (b"python\0/app/container/entrypoint.py\0lab\0--port\0009\0", ["lab", "--port", "9"]),
        (b"/sbin/docker-init\0--\0python\0/app/container/entrypoint.py\0bot\0", ["bot"]),
        (b"python\0/app/container/entrypoint.py\0", []),
        (b"sh\0-c\0sleep 100\0", None),
        (b"", None),
    ],
)
def test_what_runs_is_read_from_the_first_process(cmdline: bytes, words: list[str] | None) -> None:
    assert health.words_of(cmdline) == words


def test_the_lab_is_well_when_it_answers(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["lab", "--port", str(port)]
    assert health.check(words) is None
    assert health.check(["lab", "--host", "0.0.0.0", "--port", str(port)]) is None
    monkeypatch.setattr(Answer, "status", 500)
    assert health.check(words) == "the lab answers with an error (500)"
    monkeypatch.setattr(Answer, "status", 503)
    monkeypatch.setattr(Answer, "body", b'{"status": "paused", "reason": "The disk is full"}')
    assert health.check(words) == "the lab is paused: The disk is full"
    for strange in (b"[]", b"<html>", b'{"reason": null}'):
        monkeypatch.setattr(Answer, "body", strange)
        assert health.check(words) == "the lab answers with an error (503)"


def test_a_lab_that_doesnt_answer_isnt_well(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "PORT", 1)  # nobody is there
    assert "the lab doesn't answer" in (health.check(["lab"]) or "")


def test_the_bot_is_well_when_telegram_answered_it(port: int, tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    both = ["lab", "--bot", "--port", str(port), *data]
    for words in (["bot", *data], both):
        assert health.check(words) == "the bot hasn't heard from Telegram yet"
    Heartbeat(tmp_path).beat()
    for words in (["bot", *data], both, data):  # without a command the bot is meant
        assert health.check(words) is None


def test_what_ends_by_itself_is_well_and_what_is_strange_is_not() -> None:
    assert health.check(["test-drive"]) is None
    assert "not started by" in (health.check(None) or "")


def test_docker_is_told_by_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tmp_path / "cmdline"
    monkeypatch.setattr(health, "FIRST", first)
    first.write_bytes(b"python\0entrypoint.py\0artstyle\0")
    assert health.main() == 0 and capsys.readouterr().out == "healthy\n"
    first.write_bytes(f"python\0entrypoint.py\0bot\0--data\0{tmp_path}\0".encode())
    assert health.main() == 1 and "hasn't heard" in capsys.readouterr().out
