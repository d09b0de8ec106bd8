"""lab.py as a program: the line it prints at the start, the end, and what it refuses."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import lab as labs
import pytest
import requests
import urllib3
from tests.commandline import hangups
from tests.configured import configured

from artstyle.jobs import ThreadEngine
from artstyle.lab import program

ROOT = Path(__file__).parents[1]
QUICK = ["--port", "0", "--iterations", "1"]
Refuse = Callable[..., str]
START_LINE = re.compile(r"lab: http://([\w.:\[\]-]+):(\d+)(?:/\?token=([\w-]+))?")


class Started:
    """A lab in its own process."""

    def __init__(self, process: "subprocess.Popen[str]", out: IO[str]) -> None:
        self.process = process
        self.line = out.readline()
        found = START_LINE.match(self.line)
        assert found, self.line
        self.port, self.token = int(found[2]), found[3]

    def ask(self, method: str, path: str, **headers: str) -> requests.Response:
        url = f"http://127.0.0.1:{self.port}{path}"
        return requests.request(method, url, headers=headers, allow_redirects=False, timeout=20)

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.ask("GET", path, **headers)

    def post(self, path: str, **headers: str) -> int:
        return self.ask("POST", path, **headers).status_code

    def submit(self, **fields: str) -> str:
        """Submit a job; returns its id."""
        parts = {name: (None, value) for name, value in fields.items()}
        url = f"http://127.0.0.1:{self.port}/api/jobs"
        answer = requests.post(url, files=parts, timeout=20)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def connect(self, request: str = "", **headers: str) -> socket.socket:
        """Open a connection, and send the head of a request if there is one."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        if request:
            lines = [f"{request} HTTP/1.1", "Host: localhost", *map(": ".join, headers.items())]
            connection.sendall("".join(f"{line}\r\n" for line in [*lines, ""]).encode())
        return connection

    def follow(self, path: str, until: str) -> None:
        """Read a stream until a text comes."""
        wanted = json.dumps(until).strip('"').encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as lines:
            assert any(wanted in line for line in lines)

    def stop(self, number: int) -> None:
        self.process.send_signal(number)
        assert self.process.wait(60) == 0


# the lab without its showcase, so that no jobs run beside what is tested
IDLE = ("-c", "import sys, config, lab; config.PAIRS = []; sys.exit(lab.main())")


@contextmanager
def started(
    *words: str | Path, program: Sequence[str] = IDLE, **environment: str
) -> Iterator[Started]:
    command = [sys.executable, *program, *map(str, words)]
    env = {**os.environ, **environment}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    try:
        yield Started(process, process.stdout)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def one_line(code: int, out: str, err: str) -> str:
    """Check that a start was refused in one line without a traceback, and give the line."""
    assert (code, out) == (2, ""), err
    assert re.fullmatch(r"lab: [^\n]+\n", err), err
    return err


@pytest.fixture
def refuse(capsys: pytest.CaptureFixture[str]) -> Refuse:
    """Start what must be refused, in this process; gives the line."""

    def refused(*words: str | Path) -> str:
        return one_line(labs.main([*map(str, words)]), *capsys.readouterr())

    return refused


def test_the_page_is_up_before_torch_is_and_the_end_comes_within_seconds(tmp_path: Path) -> None:
    with started(*QUICK, "--data", tmp_path / "data", program=["lab.py"]) as lab:
        assert "--host 0.0.0.0 opens it to others" in lab.line
        page = lab.get("/")
        assert page.status_code == 200 and "Repaint a photo" in page.text
        assert page.headers["Server"] == "artstyle"
        before = time.monotonic()
        lab.stop(signal.SIGTERM)
        assert time.monotonic() - before < 10  # five seconds, on a machine that is not busy
    assert (tmp_path / "data" / "jobs.sqlite").exists()


# the same with 256 open files at most, and its log in a file
FEW_FILES = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
os.dup2(os.open(sys.argv.pop(), os.O_WRONLY | os.O_CREAT), 2)
""" + IDLE[1]


def test_silent_connections_stop_neither_pages_nor_jobs(tmp_path: Path) -> None:
    log = tmp_path / "log"
    samples = {"content_sample": "astronaut", "style_sample": "cubist", "preset": "preview"}
    words: list[str | Path] = [*QUICK, "--levels", "1", "--data", tmp_path / "data", log]
    with started(*words, program=("-c", FEW_FILES)) as lab, ExitStack() as open:
        job = lab.submit(network="vgg16", levels="1", iterations="1", **samples)
        for _ in range(300):
            open.enter_context(lab.connect())
        assert lab.get("/healthz").status_code == 200
        lab.follow(f"/api/jobs/{job}/events", until="event: done")
        lab.stop(signal.SIGTERM)
    text = log.read_text()  # torch may add a warning of its own
    lines = [line for line in text.splitlines() if re.match("[A-Z]+ artstyle", line)]
    assert 1 <= len(lines) < 5 and "Traceback" not in text
    told = "WARNING artstyle.lab.connections: too many connections (128, 128 from 127.0.0.1)"
    assert all(line.startswith(told) for line in lines)


def test_it_stops_while_clients_are_silent_listen_and_upload(tmp_path: Path) -> None:
    upload = {"Content-Type": "multipart/form-data; boundary=B", "Content-Length": "1000"}
    with started(*QUICK, "--data", tmp_path / "data") as lab, ExitStack() as open:
        for _ in range(100):
            open.enter_context(lab.connect())
        for _ in range(8):
            open.enter_context(lab.connect("POST /jobs", Expect="100-continue", **upload)).recv(12)
            open.enter_context(lab.connect("GET /events")).recv(12)
        assert lab.get("/healthz").status_code == 200
        before = time.monotonic()
        lab.stop(signal.SIGTERM)
        assert time.monotonic() - before < 10  # five seconds, on a machine that is not busy


def test_a_closed_terminal_ends_it_except_under_nohup(tmp_path: Path) -> None:
    words: list[str | Path] = [*QUICK, "--data", tmp_path / "data"]
    with hangups(signal.SIG_DFL), started(*words) as lab:
        lab.stop(signal.SIGHUP)
    with hangups(signal.SIG_IGN), started(*words) as lab:
        lab.process.send_signal(signal.SIGHUP)
        status = Path(f"/proc/{lab.process.pid}/status").read_text()
        ignored = int(status.partition("SigIgn:")[2].split()[0], 16)
        assert ignored >> signal.SIGHUP - 1 & 1
        assert lab.get("/healthz").status_code == 200
        lab.stop(signal.SIGTERM)


@pytest.mark.parametrize("output", ["/dev/full", "closed"])
def test_it_serves_and_ends_well_when_nobody_can_read_what_it_prints(
    output: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    to = ">&-" if output == "closed" else f">{output}"
    command = ["bash", "-c", f'exec "$@" {to}', "bash", sys.executable, *IDLE]
    words = [*command, "--port", str(port), "--data", str(tmp_path / "data")]
    with subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        try:
            until_it_answers(f"http://127.0.0.1:{port}/healthz")
            process.terminate()
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, err) == (0, "")


def until_it_answers(url: str) -> None:
    retry = urllib3.Retry(connect=60, backoff_factor=0.1, backoff_max=1.0)
    assert urllib3.PoolManager().request("GET", url, retries=retry, timeout=20).status == 200


def test_ctrl_c_in_the_middle_of_a_job_saves_it_for_the_next_start(tmp_path: Path) -> None:
    few = ["--port", "0", "--levels", "1", "--iterations", "500"]
    words: list[str | Path] = [*few, "--data", tmp_path / "data"]
    with started(*words, program=["lab.py"]) as lab:
        lab.follow("/events", until="of 500")
        lab.stop(signal.SIGINT)
    assert len(list((tmp_path / "data/jobs").glob("*/savepoint.npz"))) == 1
    with started(*words) as lab:  # the same jobs are there without the table
        told = lab.get("/api/jobs?limit=12").text
        assert told.count('"iteration":') == 1  # it is known how far it was


def test_the_folder_can_be_named_by_the_environment(tmp_path: Path) -> None:
    with started(*QUICK, AST_DATA=str(tmp_path / "elsewhere")) as lab:
        assert lab.get("/healthz").status_code == 200
    assert (tmp_path / "elsewhere" / "jobs.sqlite").exists()


def test_a_second_lab_on_the_folder_or_the_port_is_refused(tmp_path: Path, refuse: Refuse) -> None:
    with started(*QUICK, "--data", tmp_path / "data") as lab:
        assert "is in use by another lab or bot" in refuse(*QUICK, "--data", tmp_path / "data")
        told = refuse("--port", str(lab.port), "--data", tmp_path / "other")
        assert f"127.0.0.1:{lab.port} can't be served" in told and "another --port" in told
        assert lab.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "70000"], "--port must be from 0 to 65535"),
        (["--port", "http"], "argument --port: invalid int value"),
        (["--levels", "9"], "levels must be from 1 to 6"),
        (["--iterations", "0"], "iterations must be from 1"),
        (["--speed"], "unrecognized arguments: --speed"),
        (["--host", "no.such.host.invalid", "--port", "0"], "can't be served"),
        (["--data", "/dev/null/data"], "can't be used"),
    ],
)
def test_wrong_options_are_refused_in_one_line(
    words: list[str], told: str, tmp_path: Path, refuse: Refuse
) -> None:
    data = [] if "--data" in words else ["--data", str(tmp_path / "data")]
    assert told in refuse(*words, *data)


def test_a_refused_process_ends_with_that_line_and_exit_code(tmp_path: Path) -> None:
    words = [sys.executable, str(ROOT / "lab.py"), "--data", str(tmp_path), "--levels", "9"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert "levels must be from 1 to 6" in one_line(done.returncode, done.stdout, done.stderr)


def test_open_to_others_changes_need_the_link_that_was_printed(tmp_path: Path) -> None:
    words: list[str | Path] = [*QUICK, "--host", "0.0.0.0", "--data", tmp_path / "data"]
    with started(*words) as lab:
        assert len(lab.token) > 40
        assert "open the link with the token" in lab.get("/").text
        assert lab.post("/jobs/x/cancel") == 401
        page = lab.get(f"/?token={lab.token}")
        assert (page.status_code, page.headers["Location"]) == (303, "/")
        cookie = page.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite" in cookie
        cookie = cookie.partition(";")[0]
        assert "data-studio" in lab.get("/", Cookie=cookie).text
        assert lab.post("/jobs/x/cancel", Cookie=cookie) == 404
        token = lab.token
    with started(*words) as lab:
        assert lab.token == token  # cookies stay good


def test_the_link_is_that_of_the_address_at_which_others_reach_it(tmp_path: Path) -> None:
    words: list[str | Path] = [*QUICK, "--host", "0.0.0.0", "--data", tmp_path / "data"]
    with started(*words, AST_URL="http://art.example.org:90/") as lab:
        assert lab.line.startswith("lab: http://art.example.org:90/?token=")


def test_the_host_of_that_address_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AST_URL", "http://Art.Example.org:90")
    config, engine = configured(), ThreadEngine({}, 3)
    given = program.parser(config, "lab.py").parse_args(["--data", str(tmp_path)])
    assert program.lab_config(config, given, engine).policy.serves("art.example.org")
    monkeypatch.setenv("AST_URL", "")
    assert not program.lab_config(config, given, engine).policy.serves("art.example.org")


@pytest.mark.parametrize("url", ["art.example.org", "ftp://art.example.org", "http://a?b", "http:"])
def test_an_address_that_is_none_is_refused(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuse: Refuse
) -> None:
    monkeypatch.setenv("AST_URL", url)
    assert "AST_URL must be like" in refuse(*QUICK, "--data", tmp_path / "data")


def test_with_a_bot_the_pictures_of_its_users_need_the_link(tmp_path: Path) -> None:
    env = {
        "TELEGRAM_BOT_TOKEN": "123456:" + "A" * 35,
        "TELEGRAM_BASE_URL": "http://127.0.0.1:9/bot",  # nothing answers there
    }
    with started(*QUICK, "--bot", "--data", tmp_path / "data", **env) as lab:
        assert len(lab.token) > 40
        assert lab.get("/").status_code == 200
        assert lab.post("/jobs/x/cancel") == 401
        lab.stop(signal.SIGTERM)


def test_a_bot_without_a_token_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuse: Refuse
) -> None:
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN", raising=False)
    told = refuse(*QUICK, "--bot", "--data", tmp_path / "data")
    assert "the bot has no token: get one from @BotFather" in told


def test_help_needs_no_torch() -> None:
    code = "import sys, lab; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
    shown = program.parser(configured(), "lab.py").format_help()
    for option in ("--host", "--port", "--data", "--levels", "--iterations", "--fresh", "--bot"):
        assert option in shown
