"""The bot itself: what it does with messages and buttons, and who follows which job."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from telegram import Bot, CallbackQuery, Message, ReplyParameters, User
from telegram.error import Forbidden, TelegramError

from artstyle.bot import options
from artstyle.bot.albums import Albums
from artstyle.bot.deliveries import Deliveries, Delivery
from artstyle.bot.follower import Follower
from artstyle.bot.incoming import Incoming, caption_of, is_for_bot, pair_of
from artstyle.bot.sending import deliver
from artstyle.bot.texts import Texts, texts
from artstyle.errors import ArtstyleError
from artstyle.jobs import Job, JobQueue, Request
from artstyle.settings import Settings

logger = logging.getLogger(__name__)

DOWNLOADS = 4  # albums that are fetched at the same time
LISTED = 10  # jobs in the answer to /status


@dataclass(frozen=True, slots=True, kw_only=True)
class BotConfig:
    """What the bot allows and assumes."""

    users: frozenset[int]
    """Ids of those it works for; empty for everybody."""
    levels: int | None
    """For those who ask for nothing."""
    iterations: int | None
    most_levels: int
    album_pause: float
    """Seconds without another message after which an album is complete."""
    album_longest: float
    """Seconds after which it is complete in any case."""

    @property
    def defaults(self) -> dict[str, Any]:
        """Settings for those who ask for nothing."""
        said = {"levels": self.levels, "iterations": self.iterations}
        return {name: value for name, value in said.items() if value is not None}


class ArtBot:
    """Takes albums, hands them to the queue, and sees to it that everybody gets theirs."""

    def __init__(self, bot: Bot, queue: JobQueue, deliveries: Deliveries, config: BotConfig):
        """Take what it works with; `start` begins."""
        self._bot, self._queue, self._deliveries, self._config = bot, queue, deliveries, config
        self._albums = Albums(self._take, self._late, config.album_pause, config.album_longest)
        self._downloads = asyncio.Semaphore(DOWNLOADS)
        self._known: dict[str, Delivery] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Go on with what an earlier run of the program left."""
        for delivery in await self._deliveries.open():
            job = self._queue.get(delivery.job)
            if job is None:
                await self._deliveries.delete(delivery)
                continue
            self._known[job.id] = delivery
            if not delivery.finished:
                self._follow(delivery, job)
        for document in await self._deliveries.kept():
            message = Message.de_json(json.loads(document), self._bot)
            self._albums.add(message)

    async def stop(self, seconds: float) -> None:
        """Give those who wait for something the time to be told that it goes on."""
        await self._albums.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._deliveries.close()

    def allows(self, user: User | None) -> bool:
        """Tell whether the bot works for a user."""
        return user is not None and (not self._config.users or user.id in self._config.users)

    async def album(self, message: Message) -> None:
        """Take a message of an album; it is kept until it has become part of a job."""
        await self._deliveries.keep(message.chat_id, message.message_id, message.to_json())
        self._albums.add(message)

    def say(self, message: Message, text: str) -> None:
        """Answer a message, without waiting for it."""
        self._spawn(self._say(message, text))

    def status(self, message: Message, user: User) -> None:
        """Tell a user how their jobs stand."""
        words = texts(user.language_code)
        jobs = [job for job in self._queue.all() if job.owner == owner(user.id)][-LISTED:]
        lines = [f"• {_line(job, words)}" for job in jobs]
        self.say(message, "\n".join(lines) or words.nothing)

    async def cancel_all(self, user_id: int) -> int:
        """Cancel all that a user waits for; gives how many there were."""
        mine = [job for job in self._queue.all() if job.owner == owner(user_id)]
        return sum([await self._queue.cancel(job) for job in mine if not job.state.ended])

    async def press(self, query: CallbackQuery) -> None:
        """Do what a button says."""
        words = texts(query.from_user.language_code)
        action, _, rest = (query.data or "").partition(":")
        id, _, what = rest.partition(":")
        job = self._queue.get(id)
        if job is None:
            return self._answer(query, words.gone)
        if job.owner != owner(query.from_user.id):
            return self._answer(query, words.not_yours)
        if action == "cancel":
            await self._queue.cancel(job)
            return self._answer(query, "")
        if action == "again" and what in options.AGAIN:
            return self._again(query, job, what, words)
        return self._answer(query, words.gone)

    def _again(self, query: CallbackQuery, job: Job, what: str, words: Texts) -> None:
        asked, used = job.settings, job.used or job.settings
        settings = options.again(what, asked, used, self._config.most_levels)
        if settings is None or query.message is None:
            return self._answer(query, words.largest)
        self._answer(query, words.started)
        self._spawn(self._repeat(query, job, settings, swapped=what == "swapped"))
        return None

    async def _repeat(
        self, query: CallbackQuery, job: Job, settings: Settings, *, swapped: bool
    ) -> None:
        """Submit a job's pictures again."""
        assert query.message is not None
        files = self._queue.files(job)
        content, style = files.content, files.style
        if swapped:
            content, style = style, content
        message, user = query.message, query.from_user
        status = await self._begin(message.chat.id, message.message_id, user, "")
        request = Request(
            owner=job.owner,
            content=await asyncio.to_thread(content.read_bytes),
            style=await asyncio.to_thread(style.read_bytes),
            settings=settings,
            preset=None,
            private=True,
        )
        await self._submit(request, message.chat.id, message.message_id, user, status)

    async def _take(self, messages: list[Message]) -> None:
        """Make a job of a complete album."""
        first = messages[0]
        try:
            if first.from_user and is_for_bot(messages, self._bot.id, self._bot.username):
                await self._take_album(messages, first.from_user)
        except Forbidden:
            logger.info("a user has blocked the bot before it could answer")
        except Exception:
            logger.exception("an album could not be taken")
            await self._say(first, texts(_language(first.from_user)).error)
        for message in messages:
            await self._deliveries.drop(message.chat_id, message.message_id)

    async def _take_album(self, messages: Sequence[Message], user: User) -> None:
        first, words = messages[0], texts(user.language_code)
        pair = pair_of(messages)
        if pair is None:
            await self._say(first, words.hint)
            return
        for each, message in zip(pair, messages, strict=True):
            if each.too_large:
                name = message.document.file_name if message.document else None
                await self._say(first, words.too_large.format(name or "1 · 2"))
                return
        caption = caption_of(messages)
        config = self._config
        settings, preset, said = options.read(caption, config.defaults, config.most_levels)
        status = await self._begin(first.chat_id, first.message_id, user, said)
        try:
            async with self._downloads:
                content, style = [await self._download(each) for each in pair]
        except TelegramError as error:
            logger.warning("an album could not be fetched: %s", error)
            await self._edit(first.chat_id, status, words.no_download)
            return
        request = Request(
            owner=owner(user.id),
            content=content,
            style=style,
            settings=settings,
            preset=preset,
            private=True,
        )
        await self._submit(request, first.chat_id, first.message_id, user, status)

    async def _begin(self, chat: int, reply_to: int, user: User, said: str) -> int | None:
        """Send the status message at once; gives its id."""
        text = texts(user.language_code).taken.format(f": {said}" if said else "")
        reply = ReplyParameters(reply_to, allow_sending_without_reply=True)
        sent = await deliver(lambda: self._bot.send_message(chat, text, reply_parameters=reply))
        return sent.message_id if sent else None

    async def _download(self, picture: Incoming) -> bytes:
        file = await self._bot.get_file(picture.file_id)
        return bytes(await file.download_as_bytearray())

    async def _submit(
        self, request: Request, chat: int, reply_to: int, user: User, status: int | None
    ) -> None:
        """Hand a request to the queue, and follow what becomes of it."""
        try:
            job = await self._orphan(request) or await self._queue.submit(request)
        except ArtstyleError as error:
            await self._edit(chat, status, texts(user.language_code).of_error(error))
            return
        language = user.language_code or "en"
        delivery = Delivery(job.id, chat, user.id, reply_to, status, language)
        await self._deliveries.save(delivery)
        self._known[job.id] = delivery
        self._follow(delivery, job)

    async def _orphan(self, request: Request) -> Job | None:
        """Find the same job of an album that was interrupted just after it was submitted."""
        key = await asyncio.to_thread(request.key)
        candidates = (job for job in self._queue.all() if job.id not in self._known)
        return next((j for j in candidates if (j.owner, j.key) == (request.owner, key)), None)

    def _follow(self, delivery: Delivery, job: Job) -> None:
        follower = Follower(self._bot, self._queue, self._deliveries, delivery, job)
        self._spawn(self._followed(follower, delivery))

    async def _followed(self, follower: Follower, delivery: Delivery) -> None:
        try:
            await follower.follow()
        except Forbidden:
            logger.info(
                "user %s has blocked the bot: what they wait for is cancelled", delivery.user
            )
            delivery.finished = True
            await self._deliveries.save(delivery)
            await self.cancel_all(delivery.user)

    async def _late(self, message: Message) -> None:
        """Answer a picture that came after its album was taken."""
        await self._deliveries.drop(message.chat_id, message.message_id)
        if is_for_bot([message], self._bot.id, self._bot.username):
            await self._say(message, texts(_language(message.from_user)).too_late)

    async def _say(self, message: Message, text: str) -> None:
        reply = ReplyParameters(message.message_id, allow_sending_without_reply=True)
        await deliver(lambda: self._bot.send_message(message.chat_id, text, reply_parameters=reply))

    async def _edit(self, chat: int, message: int | None, text: str) -> None:
        if message is None:
            await deliver(lambda: self._bot.send_message(chat, text))
        else:
            await deliver(lambda: self._bot.edit_message_text(text, chat, message))

    def _answer(self, query: CallbackQuery, text: str) -> None:
        """Answer a button, or its clock goes on turning; a text pops up."""
        self._spawn(deliver_quietly(query, text))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Forbidden:
            logger.info("a user has blocked the bot")
        except (Exception, sqlite3.Error):
            logger.exception("something for a user went wrong")


async def deliver_quietly(query: CallbackQuery, text: str) -> None:
    """Answer a button once: a minute later nobody waits for it."""
    try:
        await query.answer(text or None, show_alert=False)
    except TelegramError as error:
        logger.info("a button was not answered: %s", error)


def owner(user_id: int) -> str:
    """Name a user as the owner of jobs."""
    return f"tg:{user_id}"


def _language(user: User | None) -> str | None:
    return user.language_code if user else None


def _line(job: Job, words: Texts) -> str:
    """Word how a job stands, for a list."""
    if job.state == "done":
        return words.done
    if job.state == "failed":
        return words.failed.format("").rstrip(" :")
    if job.state == "cancelled":
        return words.cancelled
    if job.state == "queued":
        return words.waiting.format(job.position)
    if job.step is None:
        return words.working
    return words.progress.format(int(job.step.percent), words.duration(job.step.seconds_left))
