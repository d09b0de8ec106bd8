"""A new setting is one field of `Settings`: everything else is made from it."""

from dataclasses import dataclass, fields

import pytest
from tests.lab_app import JSON, Lab, form

from artstyle import settings
from artstyle.cli.arguments import Arguments, parse
from artstyle.errors import OutOfRange
from artstyle.lab.openapi import document
from artstyle.settings import Settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class WithGlow(Settings):
    glow: float = setting(
        0.5, "Glow", "How much it glows.", low=0.25, high=2, slider=("dull", "bright")
    )


@pytest.fixture(autouse=True)
def glow(monkeypatch: pytest.MonkeyPatch) -> None:
    described = {each.name: each.metadata["setting"] for each in fields(WithGlow)}
    monkeypatch.setattr(settings, "Settings", WithGlow)
    monkeypatch.setattr(settings, "SETTINGS", described)
    monkeypatch.setattr(settings, "KINDS", {**settings.KINDS, "glow": float})


def test_the_command_line_has_an_option_with_its_bounds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artstyle.cli.arguments.Settings", WithGlow)
    with pytest.raises(SystemExit):
        parse(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "--glow X How much it glows (0.25 … 2; default: 0.5)" in told
    given = parse(["photo.jpg", "painting.jpg", "-o", "out.png", "--glow", "1.5"])
    assert isinstance(given, Arguments) and given.settings.as_dict()["glow"] == 1.5
    with pytest.raises(OutOfRange, match=r"glow must be from 0\.25 to 2, but is 3"):
        parse(["photo.jpg", "painting.jpg", "-o", "out.png", "--glow", "3"])


async def test_the_form_has_a_field_with_its_bounds(it: Lab) -> None:
    html = await it.text("/")
    assert '<label for="glow">Glow</label>' in html
    assert 'min="0.25" max="2" value="" placeholder="0.5" id="glow" name="glow"' in html
    assert '<input type="range" min="-1" max="2"' in html and "Glow: dull to bright" in html
    assert "How much it glows." in html


def test_the_schema_has_its_bounds() -> None:
    assert document()["components"]["schemas"]["Form"]["properties"]["glow"] == {
        "type": "number",
        "minimum": 0.25,
        "maximum": 2,
        "title": "Glow",
        "description": "How much it glows.",
    }


async def test_the_api_refuses_what_is_out_of_its_bounds(it: Lab) -> None:
    answer = await it.json("POST", "/api/jobs", 422, data=form(glow=3), headers=JSON)
    assert answer["errors"] == {"glow": "Glow must be from 0.25 to 2, but is 3.0"}


async def test_a_job_has_it_and_its_page_shows_it(it: Lab) -> None:
    job = await it.json("POST", "/api/jobs", 201, data=form(glow=1.5))
    assert job["settings"]["glow"] == 1.5
    html = await it.text(f"/jobs/{job['id']}")
    assert '<th scope="row">Glow</th><td>1.5</td>' in html
    assert 'value="1.5"' in await it.text(f"/?again={job['id']}")
