"""The paintings that are committed are those that the script paints."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from artstyle.pictures import read
from artstyle.style import pyramid

ROOT = Path(__file__).parents[1]
PAINTINGS = ("impasto", "pointillism", "splashes", "cubist", "stained_glass", "woodcut")


@pytest.mark.parametrize("name", PAINTINGS)
def test_a_small_one_is_the_committed_one_made_small(name: str) -> None:
    painted = importlib.import_module(name).paint(256)
    committed = read.load(ROOT / "img/style" / f"{name}.webp")
    assert min(committed.shape[-2:]) == 2048
    height, width = painted.shape[:2]
    small = pyramid.target(committed, (height, width))[0].permute(1, 2, 0).numpy()
    assert np.corrcoef(painted.ravel(), small.ravel())[0, 1] > 0.9


def test_a_name_that_isnt_there_gets_the_list(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(ROOT / "scripts/paint"), "monet", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert all(name in run.stderr for name in ("monet", *PAINTINGS))
    assert not any(tmp_path.iterdir())
