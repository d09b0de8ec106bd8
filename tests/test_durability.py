"""SIGKILL at random moments: no job lost, none twice, none damaged."""

import random
import sys
from pathlib import Path

import kill
import kill_bot
import pytest

KILLS, JOBS, ITERATIONS = 20, 5, 16
BOT_KILLS = 3  # each takes seconds: tlbot.py is started anew


@pytest.mark.skipif(sys.platform == "win32", reason="there is neither SIGKILL nor fork")
async def test_a_queue_that_is_killed_twenty_times_loses_nothing(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    again = f"python bench/kill.py --kills {KILLS} --jobs {JOBS} --iterations {ITERATIONS}"
    kill.torture(tmp_path, KILLS, JOBS, ITERATIONS, seed)
    found = await kill.problems(tmp_path, JOBS, ITERATIONS)
    assert not found, f"{found} (to do it again: {again} --seed {seed})"
    assert kill.resumed(tmp_path), f"every life began from the start ({again} --seed {seed})"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
async def test_a_bot_that_is_killed_sends_everybody_their_pictures() -> None:
    seed = random.randrange(2**32)
    _, found = await kill_bot.measure(BOT_KILLS, seed)
    assert not found, f"{found} (again: python bench/kill_bot.py --kills {BOT_KILLS} --seed {seed})"
