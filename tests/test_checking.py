"""What the lab tells of a picture before all of it is sent."""

import io

import pytest
from PIL import Image
from tests.jobs import PHOTO
from tests.lab_app import OPEN, Lab, lab

from artstyle.lab.checking import BEGINNING


def jpeg(width: int, height: int) -> bytes:
    data = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(data, "jpeg", quality=98)
    return data.getvalue()


async def told(it: Lab, data: bytes, size: int | None = None, status: int = 200):  # type: ignore[no-untyped-def]
    count = len(data) if size is None else size
    return await it.json("POST", f"/api/check?role=content&bytes={count}", status, data=data)


async def test_a_good_picture_is_good_by_its_beginning(it: Lab) -> None:
    whole = jpeg(400, 300)
    good = {"ok": True, "width": 400, "height": 300}
    assert await told(it, whole) == good
    assert await told(it, whole[:1000], len(whole)) == good


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(50), "picture-unsupported"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "picture-damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture-unsupported"),
        (b"some words", "picture-unknown"),
        (jpeg(8, 300), "picture-too-small"),
        (b"", "picture-empty"),
        (PHOTO[:20], "picture-damaged"),
    ],
)
async def test_what_is_refused_is_told_in_a_sentence(it: Lab, data: bytes, code: str) -> None:
    answer = await told(it, data)
    assert (answer["ok"], answer["code"]) == (False, code)
    assert answer["error"].startswith("The photo ") and answer["data"]["role"] == "content"


async def test_what_is_too_heavy_is_told_without_it(it: Lab) -> None:
    answer = await told(it, b"", 200_001)
    assert (answer["ok"], answer["code"]) == (False, "picture-heavy")


async def test_what_the_beginning_doesnt_show_is_left_open(it: Lab) -> None:
    assert await told(it, PHOTO[:20], len(PHOTO)) == {"ok": True, "width": None, "height": None}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("bytes=5", 400),
        ("role=frame&bytes=5", 400),
        ("role=style", 400),
        ("role=style&bytes=x", 400),
    ],
)
async def test_wrong_questions_are_refused(it: Lab, query: str, status: int) -> None:
    await it.json("POST", f"/api/check?{query}", status, data=PHOTO)


async def test_no_more_than_the_beginning_is_read(it: Lab) -> None:
    answer = await told(it, bytes(BEGINNING + 1), 100_000, status=413)
    assert answer["code"] == "beginning-too-long"


async def test_it_needs_the_token_as_an_upload_does(tmp_path):  # type: ignore[no-untyped-def]
    async with lab(tmp_path, policy=OPEN) as it:
        await told(it, PHOTO, status=401)
