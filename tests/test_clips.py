"""Clips on the command line: the words, the messages, the exit codes."""

import json
from pathlib import Path

import pytest
from PIL import Image
from tests import clips
from tests.commandline import run
from tests.test_painting import COUNT, Inverting

from artstyle.video import painting as painting_module


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return clips.write(tmp_path / "clip.mp4", clips.pictures(COUNT))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painting_module, "Painter", Inverting)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.mp4"


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.removeprefix("artstyle: ") for line in capsys.readouterr().err.splitlines()]


def test_a_clip_is_painted(
    clip: Path, painting: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(clip, painting, "-o", out) == 0
    assert len(clips.decoded(out)) == COUNT
    lines = told(capsys)
    assert lines[0].startswith("40 %: frame 2 of 5, ")
    assert lines[-1].startswith(f"{out}: done in ")
    assert lines[-1].endswith("frames: 5")


def test_what_it_is_called_never_matters(clip: Path, painting: Path, out: Path) -> None:
    assert run(clip.rename(clip.with_name("photo.jpg")), painting, "-o", out, "--quiet") == 0


def test_quiet_says_nothing(
    clip: Path, painting: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(clip, painting, "-o", out, "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_json_has_a_line_for_each_step(
    clip: Path, painting: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(clip, painting, "-o", out, "--json", "--quiet") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["frame"] for each in events[:-1] if each["finished"]] == [1, 2, 3, 4, 5]
    assert events[0]["iterations"] == 2
    assert events[-2]["percent"] == 100
    assert events[-1] == {
        **{"event": "result", "path": str(out), "frames": 5, "scenes": 1},
        "seconds": events[-1]["seconds"],
    }


def test_a_part_at_another_rate(clip: Path, painting: Path, out: Path) -> None:
    words = ("--from", "0.25", "--to", "0:00.5", "--fps", "16")
    assert run(clip, painting, "-o", out, "--quiet", *words) == 0
    assert len(clips.decoded(out)) == 4


def test_an_animated_gif_is_a_clip_if_the_result_is_one(
    tmp_path: Path, painting: Path, out: Path
) -> None:
    first, second = (Image.fromarray(each) for each in clips.pictures(2))
    gif = tmp_path / "moving.gif"
    first.save(gif, save_all=True, append_images=[second], duration=100)
    assert run(gif, painting, "-o", out, "--quiet") == 0
    assert len(clips.decoded(out)) == 2


def test_several_paintings_are_blended(
    clip: Path, painting: Path, photo: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[object] = []

    class Noting(Inverting):
        def __init__(self, styles: list[object], *rest: object) -> None:
            super().__init__()
            given.extend(styles)

    monkeypatch.setattr(painting_module, "Painter", Noting)
    words = ("--style-weights", "2,1", "--quiet")
    assert run(clip, painting, photo, "-o", out, *words) == 0
    assert len(given) == 2
    assert len(clips.decoded(out)) == COUNT


def interrupted(monkeypatch: pytest.MonkeyPatch, frame: int) -> None:
    """Press Ctrl-C when a frame is begun."""
    real = Inverting.paint

    def paint(self: Inverting, *words: object) -> object:
        if self._number + 1 == frame:
            raise KeyboardInterrupt
        return real(self, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(Inverting, "paint", paint)


def test_ctrl_c_says_where_it_stands_and_the_same_command_goes_on(
    clip: Path, painting: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        interrupted(patched, 4)
        assert run(clip, painting, "-o", out, "--quiet") == 1
    (line,) = told(capsys)
    assert line == "stopped after 3 of about 5 frames; the same command goes on from there"
    assert not out.exists()
    assert run(clip, painting, "-o", out, "--quiet") == 0
    assert Inverting.painted == [4, 5]
    assert len(clips.decoded(out)) == COUNT


def test_frames_of_other_settings_are_told(
    clip: Path, painting: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        interrupted(patched, 2)
        run(clip, painting, "-o", out, "--quiet")
    capsys.readouterr()
    assert run(clip, painting, "-o", out, "--quiet", "--seed", "3") == 2
    (line,) = told(capsys)
    assert line.endswith("--force starts anew, --work names another folder")
    assert run(clip, painting, "-o", out, "--quiet", "--seed", "3", "--force") == 0


@pytest.fixture
def here(
    clip: Path, photo: Path, painting: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The current folder, with all kinds of files."""
    assert clip.parent == photo.parent == painting.parent == tmp_path
    clips.only_sound(tmp_path / "song.mp4")
    (tmp_path / "cut.mp4").write_bytes(clip.read_bytes()[:900])
    monkeypatch.chdir(tmp_path)
    return tmp_path


FOR_PHOTOS = "is for photos, and clip.mp4 is a clip: leave it out"
CLIP, PHOTO = "clip.mp4 painting.png -o ", "photo.png painting.png -o "


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (f"{CLIP} out.png", "clip.mp4 is a clip: name a result that ends in .mp4"),
        (f"{CLIP} -", "clip.mp4 is a clip: name a result that ends in .mp4"),
        (f"{CLIP} no/out.mp4", "the folder no doesn't exist; create it first"),
        (f"{CLIP} out.mp4 --work no/frames", "the folder no doesn't exist; create it first"),
        (f"{CLIP} clip.mp4", "clip.mp4 is one of the input files: name another one"),
        ("clip.mp4 . -o out.mp4", ". is a folder: name a painting for a clip"),
        ("clip.mp4 painting.png . -o out.mp4", ". is a folder: name a painting for a clip"),
        (
            "clip.mp4 photo.png painting.png -o out.mp4 --style-weights 1,2,3",
            "style weights given: 3, paintings: 2; write one weight for each painting",
        ),
        (f"{CLIP} out.mp4 --mask photo.png", f"--mask {FOR_PHOTOS}"),
        (f"{CLIP} out.mp4 --style-masks photo.png", f"--style-masks {FOR_PHOTOS}"),
        (f"{CLIP} out.mp4 --variations 2", f"--variations {FOR_PHOTOS}"),
        (f"{CLIP} out.mp4 --report out.html", f"--report {FOR_PHOTOS}"),
        (
            f"{CLIP} out.mp4 --keep-faces",
            "keep faces on is for photos, not for clips: leave it out",
        ),
        (
            f"{CLIP} out.mp4 --preset sketch",
            "method sketch is for photos, not for clips: leave it out",
        ),
        (
            f"{CLIP} out.mp4 --snapshots here",
            "--snapshots is for photos: the folder of --work has a clip's frames",
        ),
        (
            f"{CLIP} out.mp4 --from 0:07",
            "clip.mp4 ends after 0.62 s: begin before that, not at 7 s",
        ),
        ("clip.mp4 no.png -o out.mp4", "no.png doesn't exist (looked for no.png); check the path"),
        (
            f"{PHOTO} out.mp4",
            "out.mp4 would be a clip, but photo.png is none: "
            "name a file that ends in .png, .jpg, .jpeg, .webp",
        ),
        (f"{PHOTO} out.png --fps 5", "--fps is for clips, and photo.png is none"),
        (f"{PHOTO} out.png --from 5", "--from is for clips, and photo.png is none"),
        (f"{PHOTO} out.png --to 5", "--to is for clips, and photo.png is none"),
        (f"{PHOTO} out.png --work w", "--work is for clips, and photo.png is none"),
        ("song.mp4 painting.png -o out.mp4", "song.mp4 holds no video; choose another file"),
        (
            "cut.mp4 painting.png -o out.mp4",
            "cut.mp4 is damaged or cut off, so nothing of it can be shown; export it again",
        ),
    ],
)
def test_each_refusal_is_one_line(
    words: str, message: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(here.iterdir())
    assert run(*words.split()) == 2
    assert told(capsys) == [message]
    assert sorted(here.iterdir()) == before


def test_a_full_disk_is_told_and_frames_stay(
    clip: Path,
    painting: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("artstyle.video.writing._fill", full)
        assert run(clip, painting, "-o", out, "--quiet") == 1
    (line,) = told(capsys)
    assert line.startswith("the disk is full")
    assert not out.exists()
    assert run(clip, painting, "-o", out, "--quiet") == 0
    assert Inverting.painted == []


def test_an_output_size_beyond_memory_is_refused_before_the_run(
    clip: Path, painting: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("artstyle.machine.ram.free", lambda: 1_000_000_000)
        assert run(clip, painting, "-o", out, "--output-size", "20000") == 2
    assert "use a smaller --output-size" in told(capsys)[0]
