"""Downloads pictures from a Bot API server, never more than a limit, whatever it says."""

import asyncio
from pathlib import Path
from urllib.parse import quote

import httpx
from telegram import Bot, File
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut

from artstyle.bot.clips import Media
from artstyle.bot.incoming import Pictures, too_heavy
from artstyle.bot.services import Connection
from artstyle.roles import Role

PICTURE_SECONDS = 120.0  # for one attempt to download a picture
SILENCE = 30.0  # seconds without a byte after which an attempt is given up

Files = dict[Role, bytes]  # of `Pictures`


class Downloads:
    """Downloads by URL; a local file is read only from the folder that the operator named."""

    def __init__(self, bot: Bot, server: Connection) -> None:
        self._bot, self._server = bot, server
        self._client = httpx.AsyncClient(  # with the proxies of the environment, as the bot's
            timeout=SILENCE, headers={"Accept-Encoding": "identity"}
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def pictures(self, pictures: Pictures) -> Files:
        """Download the pictures of a job, one after the other.

        Raises `PictureHeavy` or `ClipHeavy`, or `telegram.error.TelegramError` if it fails.
        """
        return {role: await self.picture(each, role) for role, each in pictures.items()}

    async def picture(self, picture: Media, role: Role) -> bytes:
        """Download one of them; raises as `pictures` does."""
        path = self._path(await self._bot.get_file(picture.file_id))
        folder, most = self._server.local_files, self._server.picture_bytes
        try:
            if folder is not None and Path(path).is_absolute():
                data = await asyncio.to_thread(_read, Path(path), folder, most)
            else:
                data = await self._fetch(f"{self._bot.base_file_url}/{quote(path)}", most)
        except TooLong:
            raise too_heavy(picture, role, most) from None
        return data

    def _path(self, file: File) -> str:
        """The path on the server, as it was before the library made a URL of it."""
        if not file.file_path:
            raise TelegramError("the server has no path for a file")
        return file.file_path.removeprefix(f"{self._bot.base_file_url}/")

    async def _fetch(self, url: str, most: int) -> bytes:
        try:
            async with (
                asyncio.timeout(PICTURE_SECONDS),
                self._client.stream("GET", url) as response,
            ):
                _check(response)
                data = bytearray()
                async for chunk in response.aiter_raw():
                    data += chunk
                    if len(data) > most:
                        raise TooLong
                return bytes(data)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TimedOut("a download timed out") from error
        except httpx.HTTPError as error:
            raise NetworkError(f"{type(error).__name__}: {error}") from None


class TooLong(Exception):
    """There are more bytes than the limit."""


def _check(response: httpx.Response) -> None:
    """Raise an answer that isn't a file as the error that the library would raise."""
    code = response.status_code
    phrase = httpx.codes.get_reason_phrase(code) or str(code)
    if code == httpx.codes.TOO_MANY_REQUESTS:
        after = response.headers.get("Retry-After", "")
        raise RetryAfter(int(after) if after.isdecimal() and len(after) < 9 else 1)
    if code >= 500:
        raise NetworkError(phrase)
    if not response.is_success:
        raise TelegramError(phrase)


def _read(path: Path, folder: Path, most: int) -> bytes:
    """Read a file that a Bot API server keeps on this machine, unless it is elsewhere."""
    try:
        real = path.resolve(strict=True)
        if not (real.is_relative_to(folder.resolve()) and real.is_file()):
            raise TelegramError("it named a file outside of TELEGRAM_LOCAL_FILES")
        with real.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise TelegramError(f"its local file can't be read ({error.strerror})") from None
    if len(data) > most:
        raise TooLong
    return data
