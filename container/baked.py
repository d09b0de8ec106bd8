"""What a build adds to the image besides the code: the bot's token, the weights of VGG19.

The Dockerfile runs ``python container/baked.py token`` and ``python container/baked.py weights
vgg19``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from artstyle import files
from artstyle.bot.token import FILE

ROOT = Path(__file__).parents[1]
MARK = ".token-is-in-the-image"  # tells a token in the image from one that is mounted
WEIGHTS = Path("/opt/torch")  # the image's TORCH_HOME; a volume would hide it in /data
CHOICES = ("embedded", "vgg19")
WARNING = (
    f"WARNING: {FILE} was in the folder that this image was built from, so the bot's token is "
    "in the image: everyone who gets the image controls the bot. Don't push it. To build without "
    "the token, move the file away and pass the token with -e TELEGRAM_BOT_TOKEN"
)


def main(words: list[str]) -> int:
    """Run a step of the build and return the exit code."""
    match words:
        case ["token"]:
            mark_token(ROOT)
        case ["weights", "embedded"]:
            pass
        case ["weights", "vgg19"]:
            fetch_vgg19(WEIGHTS)
        case ["weights", other]:
            print(f"WEIGHTS must be one of {', '.join(CHOICES)}, but is {other}", file=sys.stderr)
            return 2
        case _:
            print("usage: baked.py token | weights NAME", file=sys.stderr)
            return 2
    return 0


def mark_token(root: Path) -> None:
    """If there is a token, warn and leave a mark that `has_token` finds."""
    if (root / FILE).is_file():
        (root / MARK).touch()
        print(WARNING, file=sys.stderr)


def has_token(root: Path) -> bool:
    """Whether the image was built with a token in it."""
    return (root / MARK).is_file()


def fetch_vgg19(home: Path) -> None:
    """Copy VGG19's weights to the image, from torch's cache or the internet."""
    from artstyle.vgg import checkpoints

    checkpoints.vgg19()
    cache = files.torch_checkpoints()
    folder = home / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    for path in cache.glob("vgg19-*-features.pth"):
        shutil.copy(path, folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
