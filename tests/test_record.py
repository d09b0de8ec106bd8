"""The file job.json in a job's folder."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.jobs import a_job

from artstyle.jobs import record
from artstyle.settings import Settings


def written(folder: Path, **changes: Any) -> Path:
    """A record, with values that earlier versions wrote in place of the settings' own."""
    job = a_job("a", settings=Settings(seed=2**63 - 1), used=Settings(levels=1))
    path = folder / "a" / "job.json"
    path.parent.mkdir()
    record.write(path, job.request, job.state)
    stored = json.loads(path.read_text())
    for values in (stored["request"]["settings"], stored["state"]["used"]):
        del values["colors"]
        values.update(changes)
    path.write_text(json.dumps(stored))
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    found = record.read(written(tmp_path, colors="match"))
    assert found is not None and found.request.settings == Settings(seed=2**63 - 1, colors="match")


@pytest.mark.parametrize(("kept", "colors"), [(True, "photo"), (False, "painting")])
def test_an_earlier_name_becomes_todays(kept: bool, colors: str, tmp_path: Path) -> None:
    found = record.read(written(tmp_path, keep_colors=kept))
    assert found is not None and found.request.settings.colors == colors
    assert found.state.used == Settings(levels=1, colors=colors)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"request": 7}', '{"request": {"settings": 7}}'])
def test_what_is_no_record_is_none(text: str, tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_text(text)
    assert record.read(path) is None


def test_a_contradiction_is_none(tmp_path: Path) -> None:
    assert record.read(written(tmp_path, keep_colors=True, colors="match")) is None
