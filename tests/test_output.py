"""The picture that the command line saves: its size, and standard output."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from tests.commandline import ONE, SMALL, SMALL_ONE, Pair, Refuse, run
from tests.test_streams import FULL, sh

from artstyle.cli import output
from artstyle.errors import OutputError, PictureTooLarge
from artstyle.pictures import read, save
from artstyle.settings import Settings

pytestmark = pytest.mark.usefixtures("small_preset")
KNOWN = torch.rand(1, 3, 40, 60, generator=torch.Generator().manual_seed(0))


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


@pytest.mark.parametrize(("size", "expected"), [(100, (133, 100)), (200, (266, 200))])
def test_the_output_size_is_that_of_the_result_its_snapshots_and_what_is_told(
    size: int,
    expected: tuple[int, int],
    pair: Pair,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, steps = tmp_path / "out.png", tmp_path / "steps"
    words: list[str | Path] = ["--output-size", str(size), "--snapshots", steps, "--json"]
    assert run(*pair, "-o", out, *SMALL_ONE, *words) == 0
    told, err = capsys.readouterr()
    result = json.loads(told.splitlines()[-1])
    assert (result["width"], result["height"]) == size_of(out) == expected
    assert f"out.png: {expected[0]}×{expected[1]} px in " in err
    assert {size_of(path) for path in steps.iterdir()} == {expected}
    assert run("--read", out) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["output_size"], said["settings"]["levels"]) == (size, 1)


def test_resizing_keeps_the_picture_and_its_mean() -> None:
    assert torch.equal(output.resized(KNOWN, None), KNOWN)
    assert torch.equal(output.resized(KNOWN, 40), KNOWN)
    smaller, larger = output.resized(KNOWN, 20), output.resized(KNOWN, 80)
    assert (smaller.shape, larger.shape) == ((1, 3, 20, 30), (1, 3, 80, 120))
    assert smaller.mean().item() == pytest.approx(KNOWN.mean().item(), abs=0.005)
    assert larger.min() >= 0 and larger.max() <= 1
    averages = torch.nn.functional.avg_pool2d(KNOWN, 2)  # antialiased: near the means of 2 × 2
    assert (smaller - averages).abs().mean() < 0.05 < (smaller - KNOWN[..., ::2, ::2]).abs().mean()


def test_a_snapshot_has_the_size_of_its_result() -> None:
    assert output.resized(KNOWN, None, (80, 120)).shape[-2:] == (80, 120)
    assert output.resized(KNOWN, 100, (80, 120)).shape[-2:] == (100, 150)


def test_a_size_that_its_format_cant_hold_is_refused_before_the_run(
    refuse: Refuse, pair: Pair, tmp_path: Path
) -> None:
    for options in (["--output-size", "20000", "--levels", "1"], ["--levels", "6", "--quiet"]):
        if options[0] == "--levels":  # 8192 px on the shorter side, 20 times as much at most
            Image.new("RGB", (400, 40)).save(pair[0])
        told = refuse(*pair, "-o", tmp_path / "out.webp", *options)
        assert "pixels are too many for WEBP" in told


def test_a_size_that_memory_cant_hold_is_refused_before_the_run(
    refuse: Refuse, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.machine.ram.free", lambda: 10_000_000_000)
    words = ["-o", tmp_path / "out.png", "--levels", "1", "--output-size", "20000"]
    told = refuse(*pair, *words)
    assert "26641×20000 px take 13.9 GB of memory, but 10.0 GB are free: use a smaller" in told


def test_memory_that_is_gone_at_the_end_loses_no_picture(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def none(size: object) -> None:
        raise OutputError("too little memory")

    monkeypatch.setattr(output, "check", lambda *_: None)
    monkeypatch.setattr(output, "check_memory", none)
    out = tmp_path / "out.png"
    words = ["--output-size", "300", "--quiet"]
    assert run(*pair, "-o", out, *SMALL_ONE, *words) == 1
    assert capsys.readouterr().err == (
        f"artstyle: too little memory; saved as {out} with 170×128 px\n"
    )
    assert size_of(out) == (170, 128)
    assert "output_size" not in read.read_metadata(out)


def test_a_format_holds_the_size_of_the_levels() -> None:
    output.check(Path("out.webp"), (72, 96), Settings(levels=6), None)
    with pytest.raises(OutputError, match="16384 × 8192 pixels are too many"):
        output.check(Path("out.webp"), (64, 128), Settings(levels=6), None)
    output.check(Path("out.webp"), (64, 128), Settings(levels=6), 4000)


def test_settings_are_read_from_results_that_are_too_large_as_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save.save(KNOWN, tmp_path / "out.png", {"output_size": 40})
    monkeypatch.setattr("artstyle.pictures.formats.MAX_PIXELS", 2399)
    with pytest.raises(PictureTooLarge):
        read.check(tmp_path / "out.png")
    assert read.read_metadata(tmp_path / "out.png") == {"output_size": 40}


# Standard output


def test_standard_output_gets_a_png_that_says_how_it_was_made_and_nothing_else(
    pair: Pair, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    same = tmp_path / "same.png"
    assert run(*pair, "-o", "-", *SMALL) == 0
    data, err = capfdbinary.readouterr()
    assert b"artstyle: standard output: 170\xc3\x97128 px in " in err
    assert run(*pair, "-o", same, *SMALL, "--quiet") == 0
    assert torch.equal(read.load(data), read.load(same))
    assert read.read_metadata(data) == read.read_metadata(same)


def test_snapshots_of_standard_output_are_named_after_it(
    pair: Pair, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    steps = tmp_path / "steps"
    assert run(*pair, "-o", "-", *SMALL_ONE, "--quiet", "--snapshots", steps) == 0
    assert capfdbinary.readouterr().out.startswith(b"\x89PNG")
    assert sorted(path.name for path in steps.iterdir())[0] == "stdout-020.png"


def test_standard_output_that_cant_take_a_picture_is_refused(
    refuse: Refuse, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--json needs standard output for itself" in refuse(*pair, "-o", "-", "--json")
    with monkeypatch.context() as changed:
        changed.setattr("artstyle.cli.output.sys", SimpleNamespace(stdout=None))
        assert "standard output is closed: name a file" in refuse(*pair, "-o", "-")
        terminal = SimpleNamespace(stdout=SimpleNamespace(isatty=lambda: True))
        changed.setattr("artstyle.cli.output.sys", terminal)
        assert "standard output is a terminal: redirect it" in refuse(*pair, "-o", "-")


def test_a_standard_output_that_is_full_or_gone_ends_in_one_line(pair: Pair) -> None:
    for script, reason in ((f'"$@" >{FULL}', "No space left"), ('"$@" | true', "Broken pipe")):
        ended = sh(f"set -o pipefail; {script}", *pair, "-o", "-", *ONE, "--quiet")
        assert ended.returncode == 1
        assert ended.stderr.startswith(f"artstyle: standard output can't be written ({reason}")
        assert len(ended.stderr.splitlines()) == 1


def test_a_shell_pipes_pictures_through(pair: Pair, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    ended = sh(f'"$@" <(cat {pair[0]}) - <{pair[1]} >{out}', "-o", "-", *ONE, "--quiet")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert size_of(out) == (341, 256)
