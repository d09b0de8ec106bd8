"""A guitar player with bottle and glass, broken into shaded facets in umber and slate.

Every facet is dark along one edge and thins out towards the other, so that it runs over
into its neighbours; contours, strings and arcs are drawn between the layers of facets.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from canvas import Map, colour, fractal_noise, relief, smoothstep, value_noise
from cubist_facets import TALL, Facet, Line, light_at
from cubist_motifs import composition
from numpy.typing import NDArray
from shapes import box_grid, grid, mask_of, mix, turned

SEED = 8
SOFT = 0.0003  # paint has no edges as hard as a polygon's, which also compress badly
DABS = 1900  # covers the texture about four times over
BRISTLES = 7
THREADS = 270  # canvas threads along the short side: about four pixels each way in 2048


@dataclass
class Easel:
    """The picture in the making: colours, thickness of paint and the brush's texture."""

    scale: int
    picture: NDArray[np.float32]
    thickness: Map
    dabs: Map
    rng: np.random.Generator

    def facet(self, facet: Facet) -> None:
        """Lay one facet, from its dark edge to where it dissolves into what lies below."""
        corner = self.rng.random(2)
        box, mask = mask_of(facet.outline, self.thickness.shape, self.scale)
        if box is None or mask is None:
            return
        x, y = box_grid(box, self.scale)
        across = facet.across(x, y)
        angle = facet.angle + np.pi / 2
        dabs = turned(self.dabs, box, angle, (corner[0], corner[1]))
        shade = smoothstep(-0.05, 0.9, across + 0.24 * dabs)
        cover = mask * (1 - facet.fade * smoothstep(0.3, 1.05, across + 0.5 * dabs))
        self.blend(box.window, mix(facet.dark, facet.light, shade), cover)
        self.thickness[box.window] += (dabs - self.thickness[box.window]) * cover

    def line(self, line: Line) -> None:
        """Draw one contour, thin where the brush ran dry."""
        corner = self.rng.random(2)
        box, mask = mask_of(line.outline, self.thickness.shape, self.scale)
        if box is None or mask is None:
            return
        dry = turned(self.dabs, box, line.angle, (corner[0], corner[1]))
        cover = mask * line.strength * smoothstep(-0.8, -0.2, dry)
        self.blend(box.window, np.broadcast_to(line.paint, (*cover.shape, 3)), cover)
        self.thickness[box.window] += 0.4 * cover

    def blend(self, window: tuple[slice, slice], paint: Map, cover: Map) -> None:
        """Put paint over the picture where ``cover`` says so."""
        self.picture[window] = mix(self.picture[window], paint, cover)


def brush_dabs(side: int, rng: np.random.Generator) -> Map:
    """Cover a square with short level brush strokes, about [-1, 1], bristles and all."""
    tile = np.zeros((side, side), np.float32)
    for _ in range(DABS):
        x, y, long, wide, tone = rng.random(5)
        bristles = rng.random(BRISTLES) - 0.5
        length, width = round((0.06 + 0.09 * long) * side), round((0.016 + 0.013 * wide) * side)
        left, top = round((x * 1.14 - 0.14) * side), round((y * 1.04 - 0.04) * side)
        u = np.linspace(-1, 1, length, dtype=np.float32)[None, :]
        v = np.linspace(-1, 1, width, dtype=np.float32)[:, None]
        streaks = np.interp(v[:, 0], np.linspace(-1, 1, BRISTLES), bristles)[:, None]
        ragged = np.abs(u * (1 + 0.3 * streaks)) ** 6  # each bristle lifts off at its own place
        cover = smoothstep(0, 0.4, np.asarray(1 - ragged - np.abs(v) ** 4, np.float32))
        paint = tone * 1.3 - 0.65 + 0.5 * streaks + 0.1 * np.abs(v) ** 3 + 0.2 * u
        rows = slice(max(0, top), max(0, min(side, top + width)))
        columns = slice(max(0, left), max(0, min(side, left + length)))
        if rows.stop <= rows.start or columns.stop <= columns.start:
            continue
        cut = (
            slice(rows.start - top, rows.stop - top),
            slice(columns.start - left, columns.stop - left),
        )
        tile[rows, columns] += (paint[cut] - tile[rows, columns]) * cover[cut]
    return tile


def weave(height: int, width: int, rng: np.random.Generator) -> Map:
    """Weave canvas: threads over and under, some thicker than others."""
    x, y = grid(height, width, min(height, width))
    wobble = value_noise(height, width, 24, rng) * 1.5
    warp, weft = x * THREADS * np.pi + wobble, y * THREADS * np.pi - wobble
    over = np.sin(warp) ** 2 * (0.5 + 0.5 * np.cos(weft))
    under = np.sin(weft) ** 2 * (0.5 - 0.5 * np.cos(warp))
    return np.asarray(over + under, np.float32)


def ground(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Tone the canvas in broken umber and ochre."""
    tone = fractal_noise(height, width, 4, 4, rng)
    return mix(colour("#4a3822"), colour("#a98a55"), tone)


def finish(easel: Easel, rng: np.random.Generator) -> NDArray[np.float32]:
    """Light the whole from the upper left, on thick paint over canvas, under old varnish."""
    height, width = easel.thickness.shape
    x, y = grid(height, width, easel.scale)
    picture = easel.picture * (0.92 + 0.42 * light_at(x, y))[..., None]
    thin = 0.35 + 0.65 * value_noise(height, width, 9, rng)
    surface = easel.thickness + 0.08 * thin * weave(height, width, rng)
    surface = cv2.GaussianBlur(surface, (0, 0), SOFT * easel.scale).astype(np.float32)
    lit = relief(surface, 0.0008 * easel.scale)
    picture = cv2.GaussianBlur(picture, (0, 0), SOFT * easel.scale)
    varnish = np.array([1.02, 1.0, 0.95], np.float32)
    return np.asarray((picture * lit[..., None] * varnish).clip(0, 1), np.float32)


def paint(short_side: int) -> NDArray[np.float32]:
    """Paint the picture, that many pixels wide."""
    rng, layout = np.random.default_rng(SEED).spawn(2)
    height, width = round(short_side * TALL), short_side
    easel = Easel(
        scale=short_side,
        picture=ground(height, width, rng),
        thickness=np.zeros((height, width), np.float32),
        dabs=brush_dabs(round(0.6 * short_side), rng),
        rng=rng,
    )
    for part in composition(layout):
        if isinstance(part, Facet):
            easel.facet(part)
        else:
            easel.line(part)
    return finish(easel, rng)
