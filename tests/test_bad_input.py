"""The command line: what is refused, in one line, with nothing written.

The pictures, settings, places and weights that are refused are in the tests of their modules.
"""

from pathlib import Path
from typing import NoReturn

import pytest
from tests.commandline import SMALL, Pair, Refuse, noisy, third


@pytest.fixture(autouse=True)
def no_network(small_preset: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad input is found before anything that takes long."""

    def fail(*_: object, **__: object) -> NoReturn:
        pytest.fail("loaded the network")

    monkeypatch.setattr("artstyle.vgg.checkpoints.embedded", fail)
    monkeypatch.setattr("artstyle.vgg.checkpoints.vgg19", fail)


@pytest.mark.parametrize("role", ["content", "style"])
@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.jpg", third(noisy("jpeg")), "a.jpg is cut off: only"),  # its header is fine
        ("a.jpg", b"just some words", "a.jpg isn't a picture in a supported format"),
        ("no\nsuch.jpg", None, "no?such.jpg doesn't exist"),
        ("x" * 300 + ".png", None, "ile name too long"),
    ],
)
def test_a_bad_picture_is_refused_and_named(
    name: str, data: bytes | None, reason: str, role: str, *, refuse: Refuse, photo: Path
) -> None:
    bad = photo.with_name(name)
    if data is not None:
        bad.write_bytes(data)
    words = [bad, photo] if role == "content" else [photo, bad]
    out = ["-o", photo.with_name("out.png"), "--snapshots", photo.with_name("steps")]
    assert reason in refuse(*words, *out)


@pytest.mark.parametrize(
    ("option", "path", "reason"),
    [
        ("out", "photo.png/out.png", "photo.png doesn't exist; create it first"),  # under a file
        ("out", "no\nwhere/out.png", "no?where doesn't exist"),
        ("out", "out.tiff", "has no ending that can be written"),
        ("out", "photo.png", "photo.png is one of the input files"),
        ("out", "painting.png", "painting.png is one of the input files"),
        ("out", "x" * 300 + ".png", "ile name too long"),
        ("snapshots", "nowhere/steps", "nowhere doesn't exist"),
        ("snapshots", "out.png/steps", "out.png doesn't exist; create it first"),
        ("snapshots", "photo.png", "photo.png is a file: name a folder for the snapshots"),
        ("snapshots", "/proc/steps", "can't be written"),  # not even by root
        ("snapshots", "x" * 300, "ile name too long"),
        ("weights", "no\nsuch.pth", "No such file"),
        ("weights", "x" * 300, "ile name too long"),
    ],
)
def test_a_path_that_cannot_be_used_is_refused(
    option: str, path: str, reason: str, *, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    paths = {"out": "out.png", option: path}
    options = [word for name in paths for word in (f"--{name}", tmp_path / paths[name])]
    assert reason in refuse(*pair, *options, *(SMALL[2:] if option == "weights" else SMALL))


def link(kind: str, path: Path, to: Path) -> None:
    if kind == "hard link":
        path.hardlink_to(to)
    else:
        path.symlink_to(to)


@pytest.mark.parametrize("kind", ["hard link", "symbolic link"])
def test_no_result_goes_through_a_link_to_an_input(
    kind: str, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    for name, to in zip(("out-a.png", "out-b.png"), pair, strict=True):
        link(kind, tmp_path / name, to)
        assert "is one of the input files" in refuse(*pair, "-o", tmp_path / name, *SMALL)


@pytest.mark.parametrize("kind", ["itself", "other spelling", "hard link", "symbolic link"])
@pytest.mark.parametrize("role", ["content", "style", "weights"])
def test_no_snapshot_replaces_an_input(
    role: str, kind: str, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    steps, inputs = tmp_path / "steps", dict(zip(("content", "style"), pair, strict=True))
    steps.mkdir()
    inputs["weights"] = tmp_path / "weights"
    inputs["weights"].write_bytes(b"")
    there = steps / "out-040.png"
    if "link" in kind:
        link(kind, there, inputs[role])
    else:
        inputs[role] = inputs[role].rename(there)
    spelt = steps / "../steps" if kind == "other spelling" else steps
    words = [inputs["content"], inputs["style"], "--weights", inputs["weights"]]
    told = refuse(*words, "-o", tmp_path / "out.png", "--snapshots", spelt, *SMALL[2:])
    assert "out-040.png would replace an input or a result" in told


def test_no_snapshot_replaces_the_result_of_another_painting(
    refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "paintings"
    folder.mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("a.png", "a-060.png"):
        (folder / name).write_bytes(painting.read_bytes())
    words = [photo, folder, "-o", tmp_path, "--snapshots", tmp_path / "link"]
    told = refuse(*words, *SMALL)
    assert "photo-a-060.png would replace an input or a result" in told


@pytest.mark.parametrize("role", ["content", "style"])
def test_a_folder_of_pictures_needs_a_folder_for_the_results(
    role: str, refuse: Refuse, photo: Path, painting: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    painting.rename(folder / "painting.png")
    words = [folder, photo] if role == "content" else [photo, folder]
    (tmp_path / "is-there").write_bytes(b"kept")
    for out in (tmp_path / "out.png", tmp_path / "is-there", "-"):
        told = refuse(*words, "-o", out)
        assert "pictures is a folder, so OUT must be a folder too, not " in told
    assert "nowhere doesn't exist; create it first" in refuse(*words, "-o", tmp_path / "nowhere/a")


@pytest.mark.parametrize("role", ["content", "style"])
def test_a_folder_without_a_picture_is_refused(
    role: str, refuse: Refuse, photo: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / ".hidden.png").write_bytes(photo.read_bytes())
    words = [empty, photo] if role == "content" else [photo, empty]
    assert "there is no picture in" in refuse(*words, "-o", tmp_path)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("--levels 7", "levels must be from 1 to 6, but is 7"),
        (f"--seed 1{'0' * 400}", "seed must be from 0"),
        ("--tv-weight=-1e-9", "tv weight must be from 0 to 1000"),
        ("--noise pink", '"pink": choose one of structured, gradient, permuted, spots16'),
    ],
)
def test_a_bad_option_is_refused_with_the_valid_ones(
    words: str, reason: str, refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    assert reason in refuse(*pair, "-o", tmp_path / "out.png", *words.split())
