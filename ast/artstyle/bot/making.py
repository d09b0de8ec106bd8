"""Makes jobs for buttons: of the pictures of an earlier job, or of a photo and a sample."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

from artstyle.bot import options
from artstyle.bot.clips import Media
from artstyle.bot.delivery import Delivery
from artstyle.bot.downloading import Files
from artstyle.bot.places import SMALL_BYTES
from artstyle.bot.sending import Refused, insist
from artstyle.bot.services import Services
from artstyle.bot.status import show_last
from artstyle.bot.submitting import DOWNLOAD_SECONDS, Submitter, as_submission
from artstyle.bot.texts import texts
from artstyle.defaults import fitting
from artstyle.errors import ArtstyleError, SettingsError
from artstyle.roles import Role
from artstyle.settings import Settings


class Making:
    def __init__(self, services: Services, submitter: Submitter) -> None:
        self._services, self._submitter = services, submitter
        self._bot = services.app.bot

    async def repeat(
        self, pictures: Mapping[Role, Path], settings: Settings, delivery: Delivery
    ) -> None:
        """Make another job of the pictures of an earlier one, and follow it to its end."""

        async def read() -> Files:
            return await asyncio.to_thread(
                lambda: {role: path.read_bytes() for role, path in pictures.items()}
            )

        sizes = await asyncio.to_thread(lambda: [_size(path) for path in pictures.values()])
        await self._make(read, sum(sizes), settings, delivery)

    async def sample(self, photo: Media, painting: Path, caption: str, delivery: Delivery) -> None:
        """Make a job of a photo and one of the sample paintings, and follow it to its end."""
        config = self._services.config
        usual = fitting(config.defaults, 1)
        try:
            settings, _, _ = options.read(caption, usual, config.most_levels)
        except SettingsError as error:
            await show_last(self._bot, delivery, texts(delivery.language).error(error))
            return

        async def read() -> Files:
            download = partial(self._submitter.downloads.picture, photo, "content")
            async with asyncio.timeout(DOWNLOAD_SECONDS):
                data = await insist(download, harmless=True)
            assert data is not None  # no condition could end it without
            return {"content": data, "style": await asyncio.to_thread(painting.read_bytes)}

        await self._make(read, photo.file_size or SMALL_BYTES, settings, delivery)

    async def _make(
        self,
        read: Callable[[], Awaitable[Files]],
        size: int,
        settings: Settings,
        delivery: Delivery,
    ) -> None:
        words = texts(delivery.language)
        try:
            with self._submitter.admission.admitted(delivery.user):
                await self._submitter.accept(delivery, "")
                async with self._submitter.places.taken(delivery.user, size):
                    submission = as_submission(await read(), settings, delivery)
                    job = await self._submitter.queued(submission)
        except (Refused, TimeoutError):
            await show_last(self._bot, delivery, words.no_download)
        except OSError:
            await show_last(self._bot, delivery, words.gone)
        except ArtstyleError as error:
            await show_last(self._bot, delivery, words.error(error))
        else:
            follower = await self._submitter.follower(job, delivery)
            await follower.follow()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
