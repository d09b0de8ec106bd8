"""GIFs that move, told from those that don't without decoding."""

import io

import pytest
from PIL import Image
from tests.jobs import PHOTO

from artstyle.video.gif import moves


def gif(count: int, **said: object) -> bytes:
    pictures = [Image.new("P", (20, 16), number) for number in range(1, count + 1)]
    for each in pictures:
        each.putpalette([value % 256 for value in range(768)])
    buffer = io.BytesIO()
    pictures[0].save(buffer, "gif", save_all=True, append_images=pictures[1:], **said)
    return buffer.getvalue()


@pytest.mark.parametrize("said", [{}, {"comment": b"by hand", "loop": 0, "duration": 80}])
def test_a_gif_of_two_pictures_moves_and_one_of_one_does_not(said: dict[str, object]) -> None:
    assert moves(gif(2, **said)) and moves(gif(5, **said))
    assert not moves(gif(1, **said))


def test_the_beginning_up_to_the_second_picture_is_enough() -> None:
    whole = gif(3)
    assert moves(whole) and moves(whole[:-4]) and not moves(whole[:30])


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"GIF89a" + bytes(20), PHOTO, b"GIF89a" * 9])
def test_anything_else_does_not_move(data: bytes) -> None:
    assert not moves(data)
