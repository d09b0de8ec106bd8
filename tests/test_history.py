import json
import math

import pytest

from artstyle.jobs.history import LossPoint, dumps, loads
from artstyle.progress import LossParts, Step

COARSE = LossPoint(1, 1, ((64, 96),), (LossParts(0.5, 0.25, 0.125),))
FINE = LossPoint(2, 2, ((128, 192), (64, 96)), (LossParts(1.0, 2.0, 3.0), LossParts(4.0, 5.0, 6.0)))


def test_what_is_written_can_be_read() -> None:
    assert loads(dumps([COARSE, FINE])) == [COARSE, FINE]


def test_no_points_are_no_points() -> None:
    assert loads(dumps([])) == []


def test_it_is_compact() -> None:
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
    step = Step(
        percent=50.0,
        iteration=2,
        iterations=4,
        stage=2,
        stages=2,
        sizes=FINE.sizes,
        size=(128, 192),
        levels=FINE.levels,
        seconds=1.0,
        seconds_left=1.0,
    )
    assert LossPoint.of(step) == FINE


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "[]",
        "null",
        "{",
        "{}",
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
        "[" * 100_000,
        dumps([COARSE])[:-5],
    ],
)
def test_damage_is_told(damaged: str | bytes) -> None:
    with pytest.raises(ValueError):
        loads(damaged)
