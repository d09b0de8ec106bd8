"""Where weights come from: the torch cache, a download, a file; and what is refused."""

import hashlib
import logging
import pickle
import socket
import threading
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn

import pytest
import torch
from torch import Tensor

from artstyle.errors import ArgumentError, WeightsError
from artstyle.jobs import Failure
from artstyle.vgg import checkpoints
from artstyle.vgg.networks import Network
from artstyle.wording import word

WHOLE, FEATURES = "vgg19-dcbb9e9d.pth", "vgg19-dcbb9e9d-features.pth"
BODY = b"the whole checkpoint" * 1000
Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def whole(torch_cache: Path, vgg19_file: Path) -> Path:
    """A whole checkpoint where torch would have put it."""
    torch_cache.mkdir(parents=True)
    path = torch_cache / WHOLE
    path.hardlink_to(vgg19_file)
    return path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that goes to the network."""

    def refuse(*_: object, **__: object) -> NoReturn:
        pytest.fail("went to the network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)


def publish(monkeypatch: pytest.MonkeyPatch, url: str, body: bytes = BODY) -> None:
    """Let the URL be the one to download from, and the body what should come."""
    monkeypatch.setattr(checkpoints, "URL", url)
    monkeypatch.setattr(checkpoints, "SHA256_PREFIX", hashlib.sha256(body).hexdigest()[:8])


@contextmanager
def serving(monkeypatch: pytest.MonkeyPatch, answer: Answer, body: bytes = BODY) -> Iterator[None]:
    """Publish a body on this machine: HEAD gets 200, GET what `answer` sends."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        publish(monkeypatch, f"http://127.0.0.1:{server.server_port}/models/{WHOLE}", body)
        yield
        server.shutdown()


def sending(body: bytes, length: int | None = None) -> Answer:
    """Answer with the body, announcing another length when one is given."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(body) if length is None else length))
        request.end_headers()
        request.wfile.write(body)

    return answer


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def assert_same(network: Network, other: Network) -> None:
    assert network.name == other.name
    assert list(network.convolutions) == list(other.convolutions)
    for name, convolution in network.convolutions.items():
        assert torch.equal(convolution.weight, other.convolutions[name].weight)
        assert torch.equal(convolution.bias, other.convolutions[name].bias)


# The torch cache


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["auto", "vgg19"])
def test_vgg19_in_the_torch_cache_is_used_and_its_features_kept(
    name: str,
    whole: Path,
    vgg19_file: Path,
    vgg19_state: dict[str, Tensor],
    caplog: pytest.LogCaptureFixture,
) -> None:
    first = checkpoints.load(name)
    assert files_in(whole.parent) == [FEATURES, WHOLE]
    kept = torch.load(whole.with_name(FEATURES), weights_only=True)
    assert list(kept) == list(vgg19_state)  # nothing of the classifier
    assert all(torch.equal(kept[key], value) for key, value in vgg19_state.items())
    whole.unlink()
    assert_same(checkpoints.load(name), first)
    assert_same(first, checkpoints.read(vgg19_file))
    assert first.name == "vgg19"
    assert caplog.records == []


@pytest.mark.usefixtures("offline")
def test_a_cache_that_cannot_be_written_is_read_all_the_same(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    assert checkpoints.load("auto").name == "vgg19"
    assert files_in(whole.parent) == [WHOLE]


@pytest.mark.usefixtures("offline")
def test_vgg16_asks_for_nothing(torch_cache: Path) -> None:
    assert checkpoints.load("vgg16").name == "vgg16"
    assert not torch_cache.exists()


@pytest.mark.usefixtures("offline")
def test_a_damaged_file_in_the_cache_is_named_and_auto_goes_on(
    torch_cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    torch_cache.mkdir(parents=True)
    (torch_cache / WHOLE).write_bytes(b"half a checkpoint")
    with pytest.raises(WeightsError, match=f"{WHOLE} is no checkpoint, or is damaged"):
        checkpoints.load("vgg19")
    assert checkpoints.load("auto").name == "vgg16"
    assert len(caplog.records) == 1
    assert files_in(torch_cache) == [WHOLE]


@pytest.mark.parametrize("case", ["damaged", "unwritable"])
def test_users_of_the_lab_and_the_bot_dont_see_where_the_cache_is(
    case: str, torch_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if case == "damaged":
        torch_cache.mkdir(parents=True)
        (torch_cache / WHOLE).write_bytes(b"half a checkpoint")
    else:
        torch_cache.parent.parent.mkdir(parents=True, exist_ok=True)
        torch_cache.parent.write_bytes(b"a file where its folder should be")
    monkeypatch.setattr(checkpoints, "URL", f"http://127.0.0.1:1/{WHOLE}")
    with pytest.raises(WeightsError) as caught:
        checkpoints.load("vgg19")
    shown = [str(Failure.of(caught.value)), word(caught.value, "en"), word(caught.value, "ru")]
    assert [text for text in shown if str(torch_cache.parent.parent) in text] == []
    told = WHOLE if case == "damaged" else "127.0.0.1"
    assert all(told in text for text in shown)


def test_a_cache_that_cannot_be_looked_into_is_no_crash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / ("x" * 300)))  # a name no file can have
    monkeypatch.setattr(checkpoints, "_probe", lambda url: None)
    with pytest.raises(WeightsError, match="can't be downloaded"):
        checkpoints.load("vgg19")
    assert checkpoints.load("auto").name == "vgg16"


# A checkpoint file


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("name", ["auto", "vgg19"])
def test_a_checkpoint_that_is_named_is_used(name: str, vgg19_file: Path, torch_cache: Path) -> None:
    assert checkpoints.load(name, vgg19_file).name == "vgg19"
    assert files_in(torch_cache) == []


def test_a_checkpoint_is_not_for_vgg16(vgg19_file: Path) -> None:
    with pytest.raises(ArgumentError, match="leave out --network vgg16"):
        checkpoints.load("vgg16", vgg19_file)


def test_features_alone_in_the_old_format_are_read(
    vgg19_state: dict[str, Tensor], vgg19_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "old.pth"
    torch.save(vgg19_state, path, _use_new_zipfile_serialization=False)
    assert not zipfile.is_zipfile(path)
    assert_same(checkpoints.read(path), checkpoints.read(vgg19_file))
    path.unlink()


def tiny(**changes: Any) -> dict[str, Any]:
    """A whole VGG19 of zeros, which take a few bytes each in a file."""
    state: dict[str, Any] = {}
    channels = 3
    blocks = ((0, 2), (5, 7), (10, 12, 14, 16), (19, 21, 23, 25), (28,))
    for width, indices in zip((64, 128, 256, 512, 512), blocks, strict=True):
        for index in indices:
            state[f"features.{index}.weight"] = torch.zeros(()).expand(width, channels, 3, 3)
            state[f"features.{index}.bias"] = torch.zeros(()).expand(width)
            channels = width
    return {**state, **{key.replace("_", "."): value for key, value in changes.items()}}


@pytest.mark.parametrize(
    "kind", [torch.nn.Parameter, Tensor.half, Tensor.bfloat16, Tensor.double], ids=str
)
def test_any_floats_become_float32_without_gradients(
    kind: Callable[[Tensor], Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "other.pth"
    torch.save({key: kind(value) for key, value in tiny().items()}, path)
    for convolution in checkpoints.read(path).convolutions.values():
        for each in (convolution.weight, convolution.bias):
            assert each.dtype is torch.float32 and not each.requires_grad
    path.unlink()


class Harmful:
    """Touches a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., None], tuple[Path]]:
        return Path.touch, (self.marker,)


def _without(key: str) -> dict[str, Any]:
    return {name: value for name, value in tiny().items() if name != key}


def _vgg16() -> dict[str, Any]:
    """The third block of torchvision's VGG16 ends one convolution sooner."""
    return {name: value for name, value in tiny().items() if not name.startswith("features.16.")}


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "No such file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is no file but a folder or a device"),
    "text": (lambda path: path.write_text("hello"), "is no checkpoint"),
    "any zip": (lambda path: zipfile.ZipFile(path, "w").writestr("a", "b"), "is no checkpoint"),
    "a list": (lambda path: torch.save([1, 2], path), "but a list"),
    "a key missing": (lambda path: torch.save(_without("features.28.bias"), path), "28.bias"),
    "another network": (lambda path: torch.save(_vgg16(), path), "it has no features.16.weight"),
    "a number": (lambda path: torch.save(tiny(features_0_bias=1.5), path), "features.0.bias"),
    "a wrong shape": (
        lambda path: torch.save(tiny(features_5_weight=torch.ones(128, 64, 1, 1)), path),
        r"features.5.weight is \(128, 64, 1, 1\), not \(128, 64, 3, 3\)",
    ),
    "not a number": (
        lambda path: torch.save(tiny(features_7_bias=torch.full((128,), torch.nan)), path),
        "features.7.bias holds values that aren't numbers",
    ),
    "integers": (
        lambda path: torch.save(tiny(features_7_bias=torch.ones(128).int()), path),
        "features.7.bias",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_checkpoint_gets_one_line_that_names_it(kind: str, tmp_path: Path) -> None:
    make, reason = WRONG[kind]
    path = tmp_path / "wrong.pth"
    make(path)
    with pytest.raises(WeightsError, match=reason) as caught:
        checkpoints.load("auto", path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("old_format", [True, False])
@pytest.mark.parametrize("share", [0.3, 0.999])
def test_a_truncated_checkpoint_is_refused(old_format: bool, share: float, tmp_path: Path) -> None:
    path = tmp_path / "cut.pth"
    torch.save(tiny(), path, _use_new_zipfile_serialization=not old_format)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(WeightsError, match=r"cut\.pth is no checkpoint, or is damaged"):
        checkpoints.read(path)


@pytest.mark.parametrize("way", ["torch", "torch, old format", "pickle"])
def test_code_in_a_checkpoint_does_not_run(way: str, tmp_path: Path) -> None:
    path, marker = tmp_path / "harmful.pth", tmp_path / "it-ran"
    state = tiny(features_0_weight=Harmful(marker))
    if way == "pickle":
        path.write_bytes(pickle.dumps({"features.0.weight": Harmful(marker)}))
    else:
        torch.save(state, path, _use_new_zipfile_serialization=way == "torch")
    with (
        warnings.catch_warnings(action="error"),  # they would be a second line
        pytest.raises(WeightsError, match=r"harmful\.pth is no checkpoint, or is damaged"),
    ):
        checkpoints.read(path)
    assert not marker.exists()
    torch.load(path, weights_only=False) if way != "pickle" else pickle.loads(path.read_bytes())
    assert marker.exists()  # it would have run


# The download


@pytest.mark.parametrize("name", ["auto", "vgg19"])
def test_a_download_keeps_the_features_only(
    name: str,
    torch_cache: Path,
    vgg19_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = vgg19_file.read_bytes()
    with serving(monkeypatch, sending(body), body):
        network = checkpoints.load(name)
    assert_same(network, checkpoints.read(vgg19_file))
    assert files_in(torch_cache) == [FEATURES]
    assert_same(checkpoints.load(name), network)  # the server is gone
    assert caplog.records == []


def _stalling(release: threading.Event) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        sending(b"half", length=8)(request)
        request.wfile.flush()
        release.wait(30)

    return answer


@pytest.mark.parametrize(
    "case", ["half", "other bytes", "empty", "404", "stalling", "no HTTP", "no VGG19"]
)
def test_a_download_that_fails_leaves_nothing(
    case: str, torch_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    answer, reason = {
        "half": (sending(BODY[:10_000], length=len(BODY)), "cut short or isn't vgg19"),
        "other bytes": (sending(b"?" * len(BODY)), "cut short or isn't vgg19"),
        "empty": (sending(b""), "cut short or isn't vgg19"),
        "404": (lambda request: request.send_error(404), "127.0.0.1.*Not Found"),
        "stalling": (_stalling(release), "timed out"),
        "no HTTP": (lambda request: request.wfile.write(b"hello\r\n\r\n"), "127.*: hello"),
        "no VGG19": (sending(BODY), "is no checkpoint"),  # published like this all the same
    }[case]
    monkeypatch.setattr(checkpoints, "STALL_SECONDS", 0.2 if case == "stalling" else 20)
    with serving(monkeypatch, answer):
        with pytest.raises(WeightsError, match=reason):
            checkpoints.load("vgg19")
        release.set()
    assert files_in(torch_cache) == []


def test_stopping_a_download_leaves_nothing(
    torch_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("tqdm.tqdm.update", stop)
    with serving(monkeypatch, sending(BODY)), pytest.raises(KeyboardInterrupt):
        checkpoints.load("vgg19")
    assert files_in(torch_cache) == []


# Falling back


@contextmanager
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    publish(monkeypatch, f"http://127.0.0.1:{port}/{WHOLE}")
    yield


@contextmanager
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The connection is made, but no answer ever comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        publish(monkeypatch, f"http://127.0.0.1:{server.getsockname()[1]}/{WHOLE}")
        yield


@contextmanager
def unresolved(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The name's lookup hangs, which no timeout of a connection ends."""
    release = threading.Event()

    def wait(*_: object, **__: object) -> NoReturn:
        release.wait(30)
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", wait)
    publish(monkeypatch, f"http://weights.invalid/{WHOLE}")
    yield
    release.set()


def failing(monkeypatch: pytest.MonkeyPatch) -> AbstractContextManager[None]:
    """The host answers, but the file is cut short."""
    return serving(monkeypatch, sending(b"half", length=8))


@pytest.mark.parametrize("host", [refusing, silent, unresolved, failing])
def test_auto_falls_back_soon_with_one_warning(
    host: Callable[[pytest.MonkeyPatch], AbstractContextManager[None]],
    torch_cache: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(checkpoints, "PROBE_SECONDS", 0.2)
    with host(monkeypatch):
        began = time.monotonic()
        network = checkpoints.load("auto")
        took = time.monotonic() - began
    assert network.name == "vgg16"
    assert took < 5  # the time limits of a download would be 20 s
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    text = record.getMessage()
    assert "\n" not in text and "vgg16" in text and "vgg19" in text
    assert f"put {WHOLE} into {torch_cache} or name a checkpoint with --weights FILE" in text
    assert files_in(torch_cache) == []


def test_vgg19_asked_for_by_name_is_not_replaced(
    torch_cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told = r"VGG19's weights can't be downloaded from 127\.0\.0\.1:\d+: .*refused"
    with refusing(monkeypatch), pytest.raises(WeightsError, match=told):
        checkpoints.load("vgg19")
    assert caplog.records == []
    assert files_in(torch_cache) == []
