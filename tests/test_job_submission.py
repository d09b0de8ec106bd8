"""What is submitted."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from tests.jobs import PAINTING, submission

from artstyle.errors import PictureNeedsOther
from artstyle.jobs.submission import NEWER
from artstyle.roles import ROLES
from artstyle.settings import Settings


def test_a_key_is_the_same_only_for_the_same() -> None:
    one = submission(content=b"a", style=b"b")
    assert one.key() == submission("bob", content=b"a", style=b"b").key()
    others = [submission(content=b"b", style=b"a"), submission(content=b"ab", style=b"")]
    others.append(submission(content=b"a", style=b"b", settings=Settings(seed=1)))
    assert len({each.key() for each in (one, *others)}) == 4


def test_further_pictures_make_another_key_by_what_they_are_for() -> None:
    one = submission(content=b"a", style=b"b")
    assert replace(one, further={}).key() == one.key()
    others = [{"style_2": b"c"}, {"mask": b"c"}, {"style_2": b"c", "mask": b"c"}, {"mask": b"d"}]
    keys = {replace(one, further=further).key() for further in others}  # type: ignore[arg-type]
    assert len(keys | {one.key()}) == 5
    both: Any = {"mask": b"d", "style_2": b"c"}
    again = dict(reversed(both.items()))
    assert replace(one, further=both).key() == replace(one, further=again).key()


@pytest.mark.parametrize(
    ("further", "role", "kind"),
    [
        (["style_3"], "style_3", "style_2"),
        (["style_2", "style_4"], "style_4", "style_3"),
        (["style_mask", "style_mask_2"], "style_mask_2", "style_2"),
    ],
)
def test_a_picture_without_the_one_that_it_needs_is_refused(
    further: list[Any], role: str, kind: str
) -> None:
    with pytest.raises(PictureNeedsOther) as caught:
        submission(further=dict.fromkeys(further, PAINTING)).check()
    assert (caught.value.role, caught.value.kind) == (role, kind)
    submission(further=dict.fromkeys(ROLES[2:], PAINTING)).check()


def test_pictures_have_names_that_say_nothing_of_their_files() -> None:
    names: Any = {"style_2": "impasto"}
    one = submission(
        further=dict.fromkeys(("style_2", "style_3", "mask"), b"a"), further_names=names
    )
    called = {role: one.name(role) for role in one.pictures}
    paintings = {"style": "painting", "style_2": "impasto", "style_3": "painting"}
    assert called == {"content": "photo", **paintings, "mask": "mask"}


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
