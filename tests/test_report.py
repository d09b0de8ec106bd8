"""The report page."""

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from PIL import Image

from artstyle.cli import report
from artstyle.cli.inputs import Input, file
from artstyle.cli.plan import PlannedPicture
from artstyle.cli.report import Outcome
from artstyle.errors import OutputError
from artstyle.settings import Settings


@pytest.fixture
def planned(photo: Path, painting: Path, tmp_path: Path) -> PlannedPicture:
    """A picture that was made: out/made.png."""
    (tmp_path / "out").mkdir()
    Image.new("RGB", (300, 200), "teal").save(tmp_path / "out" / "made.png")
    return PlannedPicture(
        content=file(photo, "content"),
        styles=(file(painting, "style"),),
        out=tmp_path / "out" / "made.png",
        settings=Settings(seed=5, style_scale=0.5, colors="match"),
    )


def other(planned: PlannedPicture, **changes: object) -> PlannedPicture:
    values = {name: getattr(planned, name) for name in planned.__dataclass_fields__}
    return PlannedPicture(**{**values, **changes})


def written(tmp_path: Path, outcomes: dict[PlannedPicture, Outcome | None]) -> str:
    path = tmp_path / "out" / "report.html"
    known = {each: outcome for each, outcome in outcomes.items() if outcome}
    report.write(path, list(outcomes), known)
    return path.read_text(encoding="utf-8")


class Elements(HTMLParser):
    """All start tags with their attributes, and which tags are left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_page_tells_of_a_picture_its_sources_settings_and_time(
    planned: PlannedPicture, tmp_path: Path
) -> None:
    text = written(tmp_path, {planned: Outcome(75.2)})
    page = Elements(text)
    assert page.open == [] and page.of("html") == [{"lang": "en"}]
    assert "<title>1 picture: 1 made</title>" in text and "made in 75 s" in text
    facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text)
    assert facts == [
        ("Stroke size", "0.5"),
        ("Colours", "the painting&#39;s, matched to the photo&#39;s"),
        ("Seed", "5"),
    ]
    assert [each["alt"] for each in page.of("img")] == [
        "made.png: photo.png, repainted",
        "The photo photo.png",
        "The painting painting.png",
    ]


def test_the_page_needs_no_other_file_and_no_script(
    planned: PlannedPicture, tmp_path: Path
) -> None:
    page = Elements(written(tmp_path, {planned: Outcome(1.0)}))
    assert page.of("script") == page.of("link") == []
    sizes = []
    for each in page.of("img"):
        head, _, data = (each["src"] or "").partition(",")
        assert head == "data:image/webp;base64"
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            sizes.append((image.format, image.size))
    assert sizes == [("WEBP", (300, 200)), ("WEBP", (96, 72)), ("WEBP", (64, 80))]


def test_links_lead_to_the_files_from_the_page(planned: PlannedPicture, tmp_path: Path) -> None:
    page = Elements(written(tmp_path, {planned: Outcome(1.0)}))
    links = {unquote(each["href"] or "") for each in page.of("a")}
    assert links == {"made.png", "../photo.png", "../painting.png"}


def test_names_are_escaped_and_linked_whatever_is_in_them(
    planned: PlannedPicture, photo: Path, tmp_path: Path
) -> None:
    odd = photo.rename(photo.with_name('a "b" <i>#?%&.png'))
    text = written(tmp_path, {other(planned, content=file(odd, "content")): Outcome(1.0)})
    page = Elements(text)
    assert "<i>" not in text and page.open == []
    assert [each["alt"] for each in page.of("img")][1] == 'The photo a "b" <i>#?%&.png'
    assert f"../{odd.name}" in [unquote(each["href"] or "") for each in page.of("a")]


def test_bytes_that_are_no_text_are_shown_as_question_marks(
    planned: PlannedPicture, photo: Path, tmp_path: Path
) -> None:
    odd = photo.rename(photo.with_name("\udcff.png"))
    text = written(tmp_path, {other(planned, content=file(odd, "content")): Outcome(1.0)})
    assert "The photo ?.png" in text and "../%FF.png" in text


def test_what_failed_was_stopped_or_not_begun_is_told(
    planned: PlannedPicture, tmp_path: Path
) -> None:
    rows = [other(planned, line=line, out=planned.out.with_name(f"{line}.png")) for line in (2, 3)]
    before = other(planned, exists=True)
    outcomes = {
        planned: Outcome(30.0, 40.0),
        rows[0]: Outcome(error="the loss is <not> a number"),
        rows[1]: None,
        before: None,
    }
    text = written(tmp_path, outcomes)
    assert "1 made before, 1 stopped, 1 failed, 1 not begun" in text
    assert "stopped at 40 % after 30 s" in text
    assert "Line 2: the loss is &lt;not&gt; a number" in text and "Line 3: not begun" in text
    links = [each["href"] for each in Elements(text).of("a")]
    assert "2.png" not in links and "3.png" not in links


def test_masks_are_named_and_pipes_have_no_link(
    planned: PlannedPicture, photo: Path, tmp_path: Path
) -> None:
    piped = Input(Path("/dev/stdin"), "style", (80, 64), photo.read_bytes())
    masks = {"mask": file(photo, "mask"), "style_masks": (file(photo, "style_mask"),)}
    text = written(tmp_path, {other(planned, styles=(piped,), **masks): Outcome(1.0)})
    assert "<dt>Mask</dt><dd>photo.png</dd>" in text
    assert "<dt>Masks of the paintings</dt><dd>photo.png</dd>" in text
    assert "The painting stdin" in text and "dev/stdin" not in text


def test_a_picture_that_cant_be_read_any_more_is_named(
    planned: PlannedPicture, photo: Path, tmp_path: Path
) -> None:
    photo.unlink()
    planned.out.unlink()
    text = written(tmp_path, {planned: Outcome(1.0)})
    assert "This file can&#39;t be shown" in text or "This file can't be shown" in text
    assert len(Elements(text).of("img")) == 1 and "photo.png" in text


def test_a_report_that_cant_be_written_is_told(planned: PlannedPicture, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"report.html can't be written \(No such file"):
        report.write(tmp_path / "no" / "report.html", [planned], {})
