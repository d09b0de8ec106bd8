"""What a build puts into the image beside the code: the bot's token, the weights of VGG19.

The Dockerfile runs this: ``python container/baked.py token`` and ``… weights vgg19``.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from artstyle import files
from artstyle.bot.token import FILE

ROOT = Path(__file__).parents[1]
MARK = ".token-is-in-the-image"  # beside the file, for one that is mounted looks the same
WEIGHTS = Path("/opt/torch")  # as TORCH_HOME; outside of /data, which a volume hides
CHOICES = ("embedded", "vgg19")
WARNING = (
    f"WARNING: {FILE} was in the folder that this image was built from, so the bot's token is "
    "baked in: whoever gets the image has the bot. Push it nowhere. To keep it out: move the "
    "file away, build again, and hand the token over with -e TELEGRAM_BOT_TOKEN"
)


def main(words: list[str]) -> int:
    """Do what the Dockerfile asks for, and give the exit code."""
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
            print("say token, or weights with one of " + ", ".join(CHOICES), file=sys.stderr)
            return 2
    return 0


def mark_token(root: Path) -> None:
    """Warn of a token in the image, and leave a mark by which `has_token` knows it."""
    if (root / FILE).is_file():
        (root / MARK).touch()
        print(WARNING, file=sys.stderr)


def has_token(root: Path) -> bool:
    """Tell whether the image was built with a token in it."""
    return (root / MARK).is_file()


def fetch_vgg19(home: Path) -> None:
    """Put VGG19's weights into the image, from torch's cache or the net."""
    from artstyle.vgg import checkpoints

    checkpoints.vgg19()
    cache = files.torch_checkpoints()
    folder = home / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    for path in cache.glob("vgg19-*-features.pth"):
        shutil.copy(path, folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
