import json
import math
from dataclasses import replace

import pytest
from tests.jobs import step

from artstyle.jobs.history import LossPoint, dumps, loads
from artstyle.progress import LossParts

COARSE = LossPoint(1, 1, ((64, 96),), (LossParts(0.5, 0.25, 0.125),))
FINE = LossPoint(2, 2, ((128, 192), (64, 96)), (LossParts(1.0, 2.0, 3.0), LossParts(4.0, 5.0, 6.0)))


def test_what_is_written_can_be_read_and_is_compact() -> None:
    assert loads(dumps([COARSE, FINE])) == [COARSE, FINE]
    assert loads(dumps([])) == []
    assert dumps([COARSE, COARSE]) == (
        b'{"sizes":[[[64,96]]],"points":[[1,1,0,0.5,0.25,0.125],[1,1,0,0.5,0.25,0.125]]}'
    )


def test_losses_keep_six_digits() -> None:
    point = LossPoint(1, 1, ((64, 64),), (LossParts(1 / 3, 123456789.0, 0.0),))
    assert loads(dumps([point]))[0].levels == (LossParts(0.333333, 123457000.0, 0.0),)


def test_what_is_not_a_number_is_valid_json_and_stays_so() -> None:
    point = LossPoint(1, 1, ((64, 64),), (LossParts(math.nan, math.inf, 1.0),))
    text = dumps([point])
    json.loads(text, parse_constant=pytest.fail)
    parts = loads(text)[0].levels[0]
    assert math.isnan(parts.content) and math.isnan(parts.style) and parts.tv == 1.0


def test_a_point_is_taken_from_a_step() -> None:
    done = replace(step(2), stage=2, sizes=FINE.sizes, levels=FINE.levels)
    assert LossPoint.of(done) == FINE


@pytest.mark.parametrize(
    "damaged",
    [
        *("", "[]", "null", "{", "{}", "[" * 100_000, dumps([COARSE])[:-5]),
        '{"sizes":[],"points":[[1,1,0]]}',
        '{"sizes":[[[64]]],"points":[]}',
        '{"sizes":[[[64,"64"]]],"points":[]}',
        '{"sizes":[[[64,64]]],"points":[[1,1,0,0.5]]}',
        '{"sizes":[[[64,64]]],"points":[[1,1,0,0.5,0.5,"x"]]}',
        '{"sizes":[[[64,64]]],"points":[[1,1,0,0.5,0.5,true]]}',
        '{"sizes":[[[64,64]]],"points":[[1,1,-1,0.5,0.5,0.5]]}',
        '{"sizes":[[[64,64]]],"points":[[1.5,1,0,0.5,0.5,0.5]]}',
        '{"sizes":[[[64,64]]],"points":[7]}',
        '{"sizes":[[[64,64]]],"points":[[1,1,0,0.5,0.5,1' + "0" * 400 + "]]}",
    ],
)
def test_damage_is_reported(damaged: str | bytes) -> None:
    with pytest.raises(ValueError):
        loads(damaged)
