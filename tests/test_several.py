"""Several paintings, masks and variations on the command line."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.commandline import SMALL_ONE, Refuse, run

from artstyle.cli.arguments import Arguments, parse
from artstyle.cli.inputs import Input
from artstyle.pictures import read
from artstyle.settings import Settings

pytestmark = pytest.mark.usefixtures("small_preset")
QUIET = [*SMALL_ONE, "--quiet"]
Given = list[dict[str, Any]]


@pytest.fixture
def second(painting: Path) -> Path:
    """Another painting, 40 × 60."""
    path = painting.with_name("second.png")
    with Image.open(painting) as image:
        image.resize((40, 60)).save(path)
    return path


def mask_of(path: Path, share: float, size: tuple[int, int] = (96, 72)) -> Path:
    """A mask that is white in its left share."""
    pixels = np.zeros(size[::-1], np.uint8)
    pixels[:, : round(share * size[0])] = 255
    Image.fromarray(pixels).save(path)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_several_paintings_are_one_picture(
    photo: Path, painting: Path, second: Path, quick: Given, tmp_path: Path
) -> None:
    words: list[str | Path] = [
        photo,
        painting,
        "-o",
        tmp_path / "out.png",
        second,
        "--style-weights",
        "2,1",
    ]
    assert run(*words, *QUIET) == 0
    (given,) = quick
    assert given["paintings"] == [(80, 64), (60, 40)] and given["masks"] == [None]
    assert given["settings"].style_weights == (2.0, 1.0)


def test_a_blend_is_the_same_picture_as_one_painting_where_the_other_weighs_nothing(
    photo: Path, painting: Path, second: Path, tmp_path: Path
) -> None:
    one, both = tmp_path / "one.png", tmp_path / "both.png"
    assert run(photo, painting, "-o", one, *QUIET) == 0
    words: list[str | Path] = [photo, painting, second, "-o", both, "--style-weights", "1,0"]
    assert run(*words, *QUIET) == 0
    assert (read.load(one) == read.load(both)).all()


def test_a_folder_of_photos_gets_one_result_a_photo(
    photo: Path, painting: Path, second: Path, quick: Given, tmp_path: Path
) -> None:
    (tmp_path / "photos").mkdir()
    photo.rename(tmp_path / "photos" / "a.png")
    out = tmp_path / "out"
    mask = mask_of(tmp_path / "m.png", 0.25)
    words: list[str | Path] = [tmp_path / "photos", painting, second, "-o", out, "--mask", mask]
    assert run(*words, *QUIET) == 0
    assert names(out) == ["a-painting-second.png"] and quick[0]["masks"] == [0.25]


def test_masks_arrive_in_their_order(
    photo: Path, painting: Path, second: Path, quick: Given, tmp_path: Path
) -> None:
    left = mask_of(tmp_path / "left.png", 0.5)
    rest = mask_of(tmp_path / "some, not all.png", 0.75)
    words: list[str | Path] = [
        photo,
        painting,
        second,
        "-o",
        tmp_path / "out.png",
        "--style-masks",
        left,
    ]
    assert run(*words, "--style-masks", rest, "--mask", left, *QUIET) == 0
    assert quick[0]["masks"] == [0.5, 0.5, 0.75]


def test_masks_may_be_separated_by_commas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    mask_of(tmp_path / "c,d.png", 1)
    words = "photo.jpg x.jpg y.jpg -o out.png --style-masks a.png,b.png --style-masks c,d.png"
    arguments = parse(words.split())
    assert isinstance(arguments, Arguments)
    assert arguments.style_masks == (Path("a.png"), Path("b.png"), Path("c,d.png"))
    assert arguments.styles == (Path("x.jpg"), Path("y.jpg"))


def test_a_mask_of_ones_changes_nothing_and_one_of_zeros_gives_the_photo_back(
    photo: Path, painting: Path, tmp_path: Path
) -> None:
    plain, whole, none = (tmp_path / f"{name}.png" for name in ("plain", "whole", "none"))
    assert run(photo, painting, "-o", plain, *QUIET) == 0
    for out, share in ((whole, 1.0), (none, 0.0)):
        mask = mask_of(tmp_path / "mask.png", share)
        assert run(photo, painting, "-o", out, "--mask", mask, *QUIET) == 0
    assert (read.load(plain) == read.load(whole)).all()
    with Image.open(photo) as image, Image.open(none) as made:
        wanted = np.asarray(image.convert("RGB").resize(made.size, Image.Resampling.BICUBIC))
        assert np.abs(np.asarray(made).astype(int) - wanted).mean() < 3


def test_a_mask_may_come_through_standard_input(
    photo: Path, painting: Path, quick: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = mask_of(tmp_path / "m.png", 0.25).read_bytes()
    buffer = SimpleNamespace(read=iter([data, b""]).__next__)
    stdin = SimpleNamespace(buffer=SimpleNamespace(read=lambda _: buffer.read()))
    stdin.isatty = lambda: False
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run(photo, painting, "-o", tmp_path / "out.png", "--mask", "-", *QUIET) == 0
    assert quick[0]["masks"] == [0.25]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--mask tall.png", "the mask is 40 × 90 pixels, another shape than the photo's 96 × 72"),
        ("--style-masks half.png", "style masks given: 1, paintings: 2"),
        ("--style-masks half.png,tall.png", "the second painting's mask is 40 × 90 pixels"),
        ("--style-masks half.png,no.png", "no.png doesn't exist"),
        ("--style-masks a,b,c,d,e", "--style-masks names 5 masks: name one for each painting"),
        ("--mask words.png", "words.png isn't a picture"),
        ("--mask folder", "folder is a folder or a device"),
        ("--style-weights 1,2,3", "style weights given: 3, paintings: 2"),
        ("--style-crop 0,0,0.05,1", "the chosen part of the painting is 3 × 80 pixels"),
        ("--mask second.png -o second.png", "second.png is one of the input files"),
        ("--report page.txt", "page.txt must end in .html"),
        ("--report half.png/page.html", "the folder half.png doesn't exist"),
        ("--variations 2 -o -", "--variations makes several files: name them with -o"),
    ],
)
def test_what_doesnt_go_together_is_refused_before_torch_is_imported(
    words: str,
    told: str,
    *,
    photo: Path,
    painting: Path,
    second: Path,
    refuse: Refuse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    mask_of(tmp_path / "tall.png", 1, (40, 90))
    mask_of(tmp_path / "half.png", 0.5)
    mask_of(second, 1, (96, 72))
    (tmp_path / "words.png").write_text("only words")
    (tmp_path / "folder").mkdir()
    monkeypatch.setattr("artstyle.machine.installation.import_torch", lambda: 1 / 0)
    options = words if "-o" in words else f"{words} -o out.png"
    assert told in refuse(photo.name, painting.name, second.name, *options.split())


def test_a_folder_among_several_paintings_is_refused(
    photo: Path, painting: Path, refuse: Refuse, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    for styles in ([painting, tmp_path / "folder"], [tmp_path / "folder", painting]):
        told = refuse(photo, *styles, "-o", tmp_path / "out")
        assert "folder is a folder: name it as the only STYLE, or paintings to blend" in told


def test_one_pipe_for_two_pictures_is_refused(painting: Path, refuse: Refuse) -> None:
    out = painting.with_name("out.png")
    told = refuse("-", painting, "-o", out, "--mask", "-")
    assert "the photo and the mask are both standard input: name a file for one" in told
    os.mkfifo(painting.with_name("pipe"))
    pipe = painting.with_name("pipe")
    told = refuse(painting, painting, pipe, "-o", out, "--style-masks", pipe)
    assert "the second painting and the painting's mask are the same pipe" in told


def test_variations_have_the_next_seeds_and_their_names(
    photo: Path, painting: Path, quick: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    real = Input.load

    def load(self: Input, settings: Settings) -> Any:
        loaded.append(self.name)
        return real(self, settings)

    monkeypatch.setattr(Input, "load", load)
    out = tmp_path / "made"
    out.mkdir()
    words: list[str | Path] = [
        photo,
        painting,
        "-o",
        out / "x.webp",
        "--seed",
        "7",
        "--variations",
        "3",
    ]
    assert run(*words, *QUIET) == 0
    assert names(out) == ["x-seed7.webp", "x-seed8.webp", "x-seed9.webp"]
    assert [each["settings"].seed for each in quick] == [7, 8, 9]
    assert loaded == ["photo.png", "painting.png"]  # once for all


def test_variations_in_a_folder_are_skipped_where_they_exist(
    photo: Path, painting: Path, quick: Given, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos, out = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    photo.rename(photos / "a.png")
    assert run(photos, painting, "-o", out, "--variations", "2", *QUIET) == 0
    assert names(out) == ["a-painting-seed0.png", "a-painting-seed1.png"]
    assert run(photos, painting, "-o", out, "--variations", "3", *SMALL_ONE) == 0
    assert "skipped 2 that exist" in capsys.readouterr().err
    assert len(quick) == 3


def test_variations_of_a_single_file_are_made_anew_as_it_would_be(
    photo: Path, painting: Path, quick: Given, tmp_path: Path, refuse: Refuse
) -> None:
    for _ in range(2):
        out = tmp_path / "out.png"
        assert run(photo, painting, "-o", out, "--variations", "2", *QUIET) == 0
    assert len(quick) == 4
    (tmp_path / "folder").mkdir()
    words: list[str | Path] = [photo, painting, "-o", tmp_path / "folder", "--variations", "2"]
    assert run(*words, *QUIET) == 0
    assert "photo-painting-seed0.png exists already: --force" in refuse(*words)


def test_seeds_end_where_settings_say(photo: Path, painting: Path, refuse: Refuse) -> None:
    out = photo.with_name("out.png")
    told = refuse(photo, painting, "-o", out, "--seed", str(2**63 - 1), "--variations", "2")
    assert "seed must be from 0 to" in told


def test_weights_and_crops_of_a_file_count_only_where_they_suit_the_paintings(
    photo: Path, painting: Path, second: Path, tmp_path: Path
) -> None:
    file = tmp_path / "my.py"
    file.write_text("STYLE_WEIGHTS = [2, 1]\nSTYLE_CROP = '0,0,1,1/0.5,0,0.5,1'\n")
    words = ["-o", str(tmp_path / "out.png"), "--config", str(file)]
    one, two = (
        parse([*map(str, given), *words])
        for given in ([photo, painting], [photo, painting, second])
    )
    assert isinstance(one, Arguments) and isinstance(two, Arguments)
    assert one.settings.style_weights is None and one.settings.style_crop is None
    assert two.settings.style_weights == (2, 1) and len(two.settings.style_crop or ()) == 2
