"""The loss of a run as two small panels of SVG: by level, and by part."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, Self

from markupsafe import Markup, escape

from artstyle.jobs.history import LossPoint
from artstyle.progress import LossParts

MOST_POINTS = 400  # of a curve; more can't be seen
WIDTH, HEIGHT = 400, 240
LEFT, RIGHT, TOP, BOTTOM = 40, 312, 34, 204  # the edges of the drawing in the panel
DECADES = 5  # losses below a 100 000th of the highest are drawn at the bottom
LINE = 13  # px from one line of small text to the next
GLYPH = 6.2  # px, roughly the width of a small character
TICKS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9))  # from few to many

Point = tuple[float, float]


class Curve(NamedTuple):
    """A line of a panel."""

    label: str
    kind: str  # its class in the style sheet
    points: list[Point]  # (iteration, loss)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where iterations and losses lie in a panel; the axis of the losses is logarithmic."""

    first: float
    last: float
    low: float
    high: float

    @classmethod
    def over(cls, curves: Iterable[Curve]) -> Self:
        iterations, losses = zip(
            *(point for curve in curves for point in curve.points), strict=True
        )
        positive = [loss for loss in losses if loss > 0] or [1.0]
        high = max(positive)
        low = max(min(positive), high / 10**DECADES)
        if high < low * 1.5:  # nearly level: some room above and below
            low, high = low / 1.5, high * 1.5
        return cls(min(iterations), max(iterations), low, high)

    def x(self, iteration: float) -> float:
        share = (iteration - self.first) / max(1.0, self.last - self.first)
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def y(self, loss: float) -> float:
        share = math.log(max(loss, self.low) / self.low) / math.log(self.high / self.low)
        return round(BOTTOM - share * (BOTTOM - TOP), 1)

    def ticks(self) -> list[float]:
        """Round losses to label: powers of ten, with more between them if those are few."""
        powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
        for steps in TICKS:
            marks = [float(f"{step}e{power}") for power in powers for step in steps]
            inside = [mark for mark in marks if self.low <= mark <= self.high]
            if len(inside) > 2:
                break
        return inside or [self.low]


def loss_plot(history: Sequence[LossPoint]) -> Markup:
    """Draw the loss over the iterations, with a sentence that sums it up.

    Empty for an empty history. Points that aren't finite are left out.
    """
    known = [point for point in history if point.levels and math.isfinite(_sum(point).total)]
    if not known:
        return Markup("")
    firsts = [next(points) for _, points in groupby(known, lambda point: point.stage)]
    stages = [(point.iteration, f"{min(point.sizes[0])} px") for point in firsts]
    panels = _panel("Loss at each size", _by_level(known), stages)
    panels += _panel("Parts of the loss", _by_part(known), stages)
    parts = _sum(known[-1])
    sentence = (
        f"After iteration {known[-1].iteration} the loss is {parts.total:.3g}: content "
        f"{parts.content:.3g}, style {parts.style:.3g}, smoothness {parts.tv:.3g}."
    )
    return Markup(f'<div class="plots">{panels}</div><p class="plot-words">{sentence}</p>')


def _sum(point: LossPoint) -> LossParts:
    levels = [(level.content, level.style, level.tv) for level in point.levels]
    return LossParts(*map(sum, zip(*levels, strict=True)))


def _by_level(history: Sequence[LossPoint]) -> list[Curve]:
    """A curve for each size, the coarsest first."""
    points: dict[tuple[int, int], list[Point]] = {}
    for point in history:
        for size, level in zip(point.sizes, point.levels, strict=True):
            points.setdefault(size, []).append((point.iteration, level.total))
    return [
        Curve(f"{min(size)} px", f"curve-{number}", _thin(points[size]))
        for number, size in enumerate(sorted(points), 1)
    ]


def _by_part(history: Sequence[LossPoint]) -> list[Curve]:
    sums = [(point.iteration, _sum(point)) for point in history]
    labels = {"content": "content", "style": "style", "tv": "smoothness"}
    return [
        Curve(label, f"curve-{part}", _thin([(x, getattr(each, part)) for x, each in sums]))
        for part, label in labels.items()
    ]


def _thin(points: list[Point]) -> list[Point]:
    """Keep at most `MOST_POINTS`, evenly, and always the last one."""
    step = math.ceil(len(points) / (MOST_POINTS - 1))
    return points if len(points) <= MOST_POINTS else [*points[:-1:step], points[-1]]


def _panel(title: str, curves: list[Curve], stages: list[tuple[int, str]]) -> Markup:
    scale = Scale.over(curves)
    inside = [*_grid(scale), *_boundaries(scale, stages)]
    inside += [*(_line(scale, curve) for curve in curves), *_labels(scale, curves)]
    return Markup(
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img"><title>{escape(title)} over the iterations, on a logarithmic scale</title>'
        f'<text class="plot-title" x="0" y="11">{escape(title)}</text>{"".join(inside)}</svg>'
    )


def _grid(scale: Scale) -> Iterator[str]:
    for tick in scale.ticks():
        y = scale.y(tick)
        yield f'<path class="plot-grid" d="M{LEFT} {y}H{RIGHT}"/>'
        yield _text(LEFT - 6, y + 4, f"{tick:g}", "end")
    yield _text(LEFT, BOTTOM + 18, f"{scale.first:g}", "start")
    if scale.last > scale.first:
        yield _text(RIGHT, BOTTOM + 18, f"{scale.last:g}", "end")
    yield _text((LEFT + RIGHT) / 2, BOTTOM + 18, "iteration", "middle")


def _boundaries(scale: Scale, stages: list[tuple[int, str]]) -> Iterator[str]:
    """Where stages begin, each labelled with its size if there is room."""
    free = 0.0
    for number, (first, size) in enumerate(stages):
        x = scale.x(first)
        if number:
            yield f'<path class="plot-stage" d="M{x} {TOP - 4}V{BOTTOM}"/>'
        if x >= free:
            yield _text(x + (3 if number else 0), TOP - 7, size, "start")
            free = x + len(size) * GLYPH + 6


def _line(scale: Scale, curve: Curve) -> str:
    """A curve with a dot at its end, so that a single point is visible too."""
    places = [(scale.x(x), scale.y(y)) for x, y in curve.points]
    path = "L".join(f"{x} {y}" for x, y in places)
    x, y = places[-1]
    return (
        f'<g class="{curve.kind}"><path class="plot-line" d="M{path}"/>'
        f'<circle class="plot-dot" cx="{x}" cy="{y}" r="3"/></g>'
    )


def _labels(scale: Scale, curves: list[Curve]) -> Iterator[str]:
    """Label the curves at their right ends, without overlaps.

    A curve that ended earlier needs no label: it is alone in its stage, which has one above.
    """
    last = [curve for curve in curves if curve.points[-1][0] == scale.last]
    ends = sorted(((scale.y(curve.points[-1][1]), curve) for curve in last), key=itemgetter(0))
    room, free = LINE * (len(ends) - 1), float(TOP)
    for y, curve in ends:
        place = max(free, min(y, BOTTOM - room))
        yield _text(RIGHT + 8, round(place + 4, 1), curve.label, "start", curve.kind)
        free, room = place + LINE, room - LINE


def _text(x: float, y: float, words: str, anchor: str, kind: str = "plot-text") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
