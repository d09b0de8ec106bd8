"""What a build adds to the image besides the code: the bot's token, the weights of VGG19.

The Dockerfile runs ``python container/baked.py token "$PERSONAL"`` and
``python container/baked.py weights "$WEIGHTS"``.
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
REFUSAL = (
    f"ERROR: {FILE} is in this folder, so the bot's token would be in the image, for everyone who "
    "gets the image. Move the file away and pass the token with docker run -e "
    "TELEGRAM_BOT_TOKEN, or build with --build-arg PERSONAL=1 and don't push the image"
)


def main(words: list[str]) -> int:
    """Run a step of the build and return the exit code."""
    match words:
        case ["token", allowed]:
            return check_token(ROOT, allowed=bool(allowed))
        case ["weights", "embedded"]:
            pass
        case ["weights", "vgg19"]:
            fetch_vgg19(WEIGHTS)
        case ["weights", other]:
            print(f"WEIGHTS must be one of {', '.join(CHOICES)}, but is {other}", file=sys.stderr)
            return 2
        case _:
            print("usage: baked.py token ALLOWED | weights NAME", file=sys.stderr)
            return 2
    return 0


def check_token(root: Path, *, allowed: bool) -> int:
    """Refuse a token unless it is allowed; then leave a mark that `has_token` finds.

    The build fails because its display hides what a successful step says.
    """
    if not (root / FILE).is_file():
        return 0
    if not allowed:
        print(REFUSAL, file=sys.stderr)
        return 1
    (root / MARK).touch()
    return 0


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
