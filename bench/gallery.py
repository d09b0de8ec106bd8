"""Make the documentation's sheets of pictures.

``python bench/gallery.py [SHEET …]`` writes the sheets as PNG to ``out/gallery/``; ``--commit``
also writes them to ``img/``, as small WebP files. ``--examples`` makes the pictures that the lab
shows as examples instead: the pairs of config.py with the default settings. Pictures that were
already made with the same settings aren't made again.
"""

import argparse
import json
import runpy
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import starts
from measuring import ROOT, joint_iterations
from PIL import Image
from studio import OUT, Studio, commit, crop, drawn, fitted, promo, sheet, square

from artstyle.lab.examples import FOLDER, LIST
from artstyle.lab.showcase import plan
from artstyle.settings import PRESETS
from artstyle.vgg import checkpoints

SHEET_BYTES = 170_000  # of a committed sheet: all pictures have to stay below 6 MB
EXAMPLE, EXAMPLE_BYTES = 768, 100_000  # px of the longer side of an example, and its file's size
PROMO = 480  # px of the width of a result beside its photo
# What suits each photo best, and what doesn't work, judged by eye.
BEST = {
    "astronaut": ("impasto", "stained_glass", "splashes"),
    "chelsea": ("stained_glass", "splashes", "impasto"),
    "coffee": ("impasto", "splashes", "stained_glass"),
    "hubble_deep_field": ("impasto", "splashes", "stained_glass"),
    "raccoon": ("impasto", "stained_glass", "splashes"),
    "rocket": ("impasto", "pointillism", "splashes"),
}
COMPARED = (("rocket", "impasto"), ("astronaut", "splashes"))
# The astronaut's outline, relative to the photo's sides.
PERSON = (
    *((0.04, 1.0), (0.10, 0.66), (0.20, 0.47), (0.33, 0.42), (0.31, 0.30), (0.30, 0.16)),
    *((0.36, 0.05), (0.46, 0.03), (0.55, 0.08), (0.57, 0.20), (0.54, 0.33), (0.55, 0.42)),
    *((0.66, 0.48), (0.74, 0.58), (0.80, 0.72), (0.84, 1.0)),
)
FAILURES = (("rocket", "cubist"), ("hubble_deep_field", "cubist"), ("hubble_deep_field", "woodcut"))


def originals(studio: Studio) -> Image.Image:
    """The sample photos and paintings."""
    photos = [(square(studio.photo(name)), name) for name in studio.names("content")]
    paintings = [(square(studio.painting(name)), name) for name in studio.names("style")]
    return sheet([photos, paintings], 220)


def promotion(studio: Studio, photo: str) -> Image.Image:
    """A photo in the manners that suit it best."""
    made = [(studio.make(photo, name), studio.painting(name)) for name in BEST[photo]]
    return promo(studio.photo(photo), made, PROMO)


def failures(studio: Studio) -> Image.Image:
    """Pairs that don't work."""
    cells = [(studio.make(*pair), " x ".join(pair).replace("_", " ")) for pair in FAILURES]
    return sheet([cells], PROMO)


def levels(studio: Studio) -> Image.Image:
    """1, 2 and 3 levels: the whole picture, and the same part of each."""
    made = [studio.make("chelsea", "stained_glass", levels=n) for n in (1, 2, 3)]
    names = [f"levels {n}: {m.shape[-1]} x {m.shape[-2]} px" for n, m in enumerate(made, 1)]
    whole = list(zip(made, names, strict=True))
    parts = [(crop(m, 0.22, 0.30, 0.36), "the same part, enlarged") for m in made]
    return sheet([whole, parts], 512)


def schedules(studio: Studio) -> Image.Image:
    """The joint and the coarse-to-fine schedule at 2 levels and equal work."""
    joint = joint_iterations(2)
    cells = [
        (studio.make("raccoon", "impasto", levels=2), "coarse to fine"),
        (
            studio.make("raccoon", "impasto", levels=2, schedule="joint", iterations=joint),
            f"joint: {joint} iterations, the same work",
        ),
    ]
    return sheet([cells], 640)


def presets(studio: Studio) -> Image.Image:
    """The default beside the presets of the classical procedures, all with 256 px."""
    said: list[tuple[str, dict[str, Any]]] = [
        ("the default", {"levels": 1}),
        ("--preset pyramid", {**PRESETS["pyramid"].changes, "levels": 2, "base_size": 128}),
        ("--preset gatys", dict(PRESETS["gatys"].changes)),
    ]
    rows = [
        [
            (square(studio.photo(photo)), f"{photo}, {painting}".replace("_", " ")),
            *((square(studio.make(photo, painting, **changes)), name) for name, changes in said),
        ]
        for photo, painting in COMPARED
    ]
    return sheet(rows, 320)


def before_after(studio: Studio) -> Image.Image:
    """A photo, a painting, the result."""
    made = studio.make("astronaut", "impasto", levels=2)
    cells = [studio.photo("astronaut"), square(studio.painting("impasto")), made]
    labels = ["a photo", "a painting", "the photo in its manner"]
    return sheet([list(zip(cells, labels, strict=True))], 400)


def options(studio: Studio) -> Image.Image:
    """One pair with the main options."""
    photo, painting = "astronaut", "splashes"
    said: list[tuple[str, dict[str, Any]]] = [
        ("default", {}),
        ("--realism 0", {"realism": 0.0}),
        ("--realism 1", {"realism": 1.0}),
        ("--colors photo", {"colors": "photo"}),
        ("--style-scale 0.5", {"style_scale": 0.5}),
        ("--content-loss features", {"content_loss": "features"}),
    ]
    cells = [(studio.make(photo, painting, **changes), name) for name, changes in said]
    return sheet([cells[:3], cells[3:]], 420)


def blends(studio: Studio) -> Image.Image:
    """Two paintings in one picture: mixed, and each in its region."""
    photo, first, second = "astronaut", "impasto", "stained_glass"
    height, width = studio.photo(photo).shape[-2:]
    person = drawn(height, width, PERSON)
    cells = [
        (studio.make(photo, first), first),
        (studio.make(photo, first, second), "both, equal shares"),
        (studio.make(photo, second), second.replace("_", " ")),
        (studio.make(photo, first, second, style_masks=(1 - person, person)), "each in its region"),
    ]
    return sheet([cells], 300)


def masks(studio: Studio) -> Image.Image:
    """What a mask and --keep-faces leave as it is."""
    photo, painting = "astronaut", "impasto"
    height, width = studio.photo(photo).shape[-2:]
    around = 1 - drawn(height, width, PERSON)
    cells = [
        (around.expand(-1, 3, -1, -1), "the mask: white is painted"),
        (studio.make(photo, painting, mask=around), "--mask"),
        (studio.make(photo, painting, keep_faces=True), "--keep-faces"),
    ]
    return sheet([cells], 300)


def colors(studio: Studio) -> Image.Image:
    """The three colour modes."""
    photo, painting = "chelsea", "splashes"
    cells = [
        (studio.make(photo, painting, colors=mode), f"--colors {mode}")
        for mode in ("painting", "match", "photo")
    ]
    return sheet([cells], 360)


def sketches(studio: Studio) -> Image.Image:
    """Sketches beside what they are sketches of."""
    cells = []
    for pair in (("astronaut", "impasto"), ("chelsea", "stained_glass")):
        sketch = studio.make(*pair, **PRESETS["sketch"].changes)
        cells += [(square(sketch), "--preset sketch"), (square(studio.make(*pair)), "default")]
    return sheet([cells], 300)


def sheets(studio: Studio) -> dict[str, Callable[[Studio], Image.Image]]:
    """All sheets by name."""
    promos = {f"promo-{name}": partial(promotion, photo=name) for name in studio.names("content")}
    steps = {f"noise-{name}": partial(starts.step, name=name) for name in starts.STEPS}
    return {
        "before-after": before_after,
        "originals": originals,
        **promos,
        "failures": failures,
        "levels": levels,
        "schedules": schedules,
        **steps,
        "noise-maps": starts.maps,
        "options": options,
        "presets": presets,
        "blends": blends,
        "masks": masks,
        "colors": colors,
        "sketches": sketches,
    }


def examples(studio: Studio, folder: Path) -> None:
    """Make the lab's examples, and the list that says which pictures they are of."""
    known: dict[str, str] = {}
    pairs = runpy.run_path(str(ROOT / "config.py"))["PAIRS"]
    for entry in plan(pairs, ["standard"], ROOT.joinpath, {}, {}):
        names = entry.content.stem, entry.style.stem
        made = studio.make(*names)
        path = folder / f"{'-'.join(names)}.webp"
        commit(fitted(made, EXAMPLE * made.shape[-1] // max(made.shape[-2:])), path, EXAMPLE_BYTES)
        known[path.stem] = entry.request().key()
    (folder / LIST).write_text(json.dumps(known, indent=2) + "\n")


def main() -> int:
    """Make the named sheets, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sheets", nargs="*", metavar="SHEET", help="all of them by default")
    parser.add_argument("--commit", action="store_true", help="also write them to img/")
    parser.add_argument("--examples", action="store_true", help="make the lab's examples instead")
    arguments = parser.parse_args()
    studio = Studio(checkpoints.load("vgg16"))
    if arguments.examples:
        examples(studio, FOLDER)
        return 0
    known = sheets(studio)
    if unknown := set(arguments.sheets) - set(known):
        parser.error(f"unknown sheet {', '.join(unknown)}: choose from {', '.join(known)}")
    OUT.mkdir(parents=True, exist_ok=True)
    for name in arguments.sheets or known:
        image = known[name](studio)
        image.save(OUT / f"{name}.png")
        print(f"{OUT / name}.png: {image.width}×{image.height}", flush=True)
        if arguments.commit:
            commit(image, ROOT / "img" / f"{name}.webp", SHEET_BYTES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
