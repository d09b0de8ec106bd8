"""What is submitted."""

import hashlib
import json

from tests.jobs import submission

from artstyle.jobs.submission import NEWER
from artstyle.settings import Settings


def test_a_key_is_the_same_only_for_the_same() -> None:
    one = submission(content=b"a", style=b"b")
    assert one.key() == submission("bob", content=b"a", style=b"b").key()
    others = [submission(content=b"b", style=b"a"), submission(content=b"ab", style=b"")]
    others.append(submission(content=b"a", style=b"b", settings=Settings(seed=1)))
    assert len({each.key() for each in (one, *others)}) == 4


def test_a_setting_that_is_new_changes_no_key_of_earlier_versions() -> None:
    before = {name: each for name, each in Settings().as_dict().items() if name not in NEWER}
    del before["memory"], before["colors"]
    before["keep_colors"] = False
    parts = (b"a", b"b", json.dumps(before, sort_keys=True).encode())
    digests = b"".join(hashlib.sha256(each).digest() for each in parts)
    assert submission(content=b"a", style=b"b", settings=Settings()).key() == (
        hashlib.sha256(digests).hexdigest()
    )
    several = [Settings(noise_factor=0.5), Settings(), Settings(colors="photo")]
    several.append(Settings(colors="match"))
    keys = {submission(content=b"a", style=b"b", settings=each).key() for each in several}
    assert len(keys) == len(several)
