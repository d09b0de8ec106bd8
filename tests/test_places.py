"""Places that users take in turns."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest

from artstyle.bot.places import Places


class Crowd:
    """Users who hold places until a test sends them away."""

    def __init__(self, number: int) -> None:
        self.places = Places(number)
        self.inside: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._leave: dict[str, asyncio.Event] = {}

    async def come(self, *names: str) -> None:
        """Let some come, whose first letter says which user they belong to."""
        for name in names:
            self._leave[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._stay(name))
        await self.settle()

    async def leave(self, name: str) -> None:
        self._leave[name].set()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def _stay(self, name: str) -> None:
        place: AbstractAsyncContextManager[None] = self.places.taken(ord(name[0]))
        async with place:
            self.inside.append(name)
            try:
                await self._leave[name].wait()
            finally:
                self.inside.remove(name)


async def test_a_user_holds_one_place_however_many_are_free() -> None:
    crowd = Crowd(4)
    await crowd.come("a1", "a2", "a3", "b1")
    assert crowd.inside == ["a1", "b1"]
    await crowd.leave("a1")
    assert crowd.inside == ["b1", "a2"]


async def test_no_more_are_inside_than_there_are_places() -> None:
    crowd = Crowd(2)
    await crowd.come("a1", "b1", "c1", "d1")
    assert crowd.inside == ["a1", "b1"]
    await crowd.leave("b1")
    assert crowd.inside == ["a1", "c1"]


async def test_users_take_turns() -> None:
    crowd = Crowd(1)
    await crowd.come("a1", "a2", "a3", "b1", "c1", "b2")
    order = []
    for _ in range(6):
        (name,) = crowd.inside
        order.append(name)
        await crowd.leave(name)
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]


@pytest.mark.parametrize("gone", ["a1", "b1"])
async def test_one_who_gives_up_takes_no_place(gone: str) -> None:
    crowd = Crowd(1)
    await crowd.come("a1", "b1", "c1")
    crowd.tasks[gone].cancel()
    await crowd.settle()
    for _ in range(2):
        await crowd.leave(crowd.inside[0])
    assert crowd.inside == [] and all(task.done() for task in crowd.tasks.values())


async def test_a_place_is_free_again_after_an_error() -> None:
    places = Places(1)
    with pytest.raises(ValueError, match="odd"):
        async with places.taken(1):
            raise ValueError("odd")
    async with asyncio.timeout(1), places.taken(1):
        pass
