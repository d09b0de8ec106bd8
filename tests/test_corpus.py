"""A thousand files that are nearly pictures are taken, or refused in a line, and nothing else."""

import random
from pathlib import Path

import corpus
import pytest
from tests import mutants

from artstyle.pictures.read import examine

FILES = 1000


def test_a_thousand_files_that_are_nearly_pictures_are_taken_or_refused() -> None:
    found = corpus.decode(mutants.mutants(FILES, seed=16))
    assert not found.wrong
    assert sum(found.outcomes.values()) == FILES
    # both happen often, or the changes would be too small, or too large, to find anything
    assert min(found.outcomes["taken"], found.outcomes["picture-damaged"]) > FILES // 10


@pytest.mark.parametrize("name", mutants.seeds())
def test_each_seed_is_a_picture_with_several_parts(name: str) -> None:
    data = mutants.seeds()[name]
    assert examine(data).missing is None
    assert len(mutants.parts(data)) >= 3  # places: two parts and the end


def test_each_change_changes() -> None:
    data = mutants.seeds()["PNG with all chunks"]
    for change in mutants.CHANGES:
        assert any(change(data, random.Random(number)) != data for number in range(5))


def test_a_crash_and_a_file_without_an_answer_are_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(corpus, "SECONDS", 0.0)
    found = corpus.decode([("slow", mutants.seeds()["PNG"])], tmp_path / "kept")
    assert found.wrong == {"slow": "no answer in 0 s"}
    assert (tmp_path / "kept" / "slow").read_bytes() == mutants.seeds()["PNG"]
