"""The weights that come with the package, found and checked without importing torch."""

import zipfile
from pathlib import Path

from artstyle.errors import WeightsDamaged, WeightsUnreadable

PATH = Path(__file__).parent / "weights" / "vgg16.npz"


def check() -> None:
    """Compare the file with its checksums, which takes some 15 ms; raises `WeightsError`."""
    try:
        with zipfile.ZipFile(PATH) as archive:
            damaged = archive.testzip()
    except OSError as error:
        raise WeightsUnreadable(PATH, str(error.strerror)) from error
    except zipfile.BadZipFile as error:
        raise WeightsDamaged(PATH) from error
    if damaged is not None:
        raise WeightsDamaged(PATH)
