"""The bot itself: what it does with messages and buttons, and who follows which job."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from telegram import Bot, CallbackQuery, Message, ReplyParameters, User
from telegram.constants import ChatType
from telegram.error import Forbidden, TelegramError

from artstyle.bot import options
from artstyle.bot.albums import Albums
from artstyle.bot.deliveries import Deliveries, Delivery
from artstyle.bot.follower import Follower
from artstyle.bot.incoming import Incoming, caption_of, is_for_bot, pair_of
from artstyle.bot.sending import deliver
from artstyle.bot.status import AT_ONCE, Status, conclude
from artstyle.bot.texts import Texts, texts
from artstyle.errors import ArtstyleError
from artstyle.jobs import Job, JobQueue, Request
from artstyle.jobs.folder import JobFiles
from artstyle.settings import Settings

logger = logging.getLogger(__name__)

DOWNLOADS = 4  # pictures that are fetched at the same time
DOWNLOAD_SECONDS = 3600.0  # to try and fetch a picture; Telegram may be away for a while
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
        self._downloads, self._edits = asyncio.Semaphore(DOWNLOADS), asyncio.Semaphore(AT_ONCE)
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
        """Give those who wait for something the time to be told that it goes on.

        Albums that are no jobs yet are taken at the next start.
        """
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
        """Take a message of an album; it is kept until it has been worked on."""
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
            self._answer(query, words.gone)
        elif job.owner != owner(query.from_user.id):
            self._answer(query, words.not_yours)
        elif action == "cancel":
            await self._queue.cancel(job)
            self._answer(query, "")
        elif not self.allows(query.from_user):
            self._answer(query, words.private)
        elif action == "again" and what in options.AGAIN:
            self._again(query, job, what, words)

    def _again(self, query: CallbackQuery, job: Job, what: str, words: Texts) -> None:
        asked, used = job.settings, job.used or job.settings
        settings = options.again(what, asked, used, self._config.most_levels)
        if settings is None or query.message is None:
            self._answer(query, words.largest)
        else:
            self._spawn(self._repeat(query, job, settings, swapped=what == "swapped"))

    async def _repeat(
        self, query: CallbackQuery, job: Job, settings: Settings, *, swapped: bool
    ) -> None:
        """Submit a job's pictures again."""
        assert query.message is not None
        chat, reply_to, user = query.message.chat.id, query.message.message_id, query.from_user
        words = texts(user.language_code)
        pair = await asyncio.to_thread(_sources, self._queue.files(job))
        if pair is None:
            self._answer(query, words.gone)
            return
        self._answer(query, words.started)
        status = await self._begin(chat, reply_to, user, "")
        content, style = reversed(pair) if swapped else pair
        request = Request(
            owner=job.owner,
            content=content,
            style=style,
            settings=settings,
            preset=None,
            private=True,
        )
        await self._submit(request, chat, reply_to, user, status)

    async def _take(self, messages: list[Message]) -> None:
        """Work on a complete album."""
        first = messages[0]
        try:
            if first.from_user and is_for_bot(messages, self._bot.id, self._bot.username):
                await self._answer_album(messages, first.from_user)
        except Forbidden:
            logger.info("a user has blocked the bot before it could answer")
        except Exception:
            logger.exception("an album could not be taken")
            self.say(first, texts(_language(first.from_user)).error)
        for message in messages:
            await self._deliveries.drop(message.chat_id, message.message_id)

    async def _answer_album(self, messages: Sequence[Message], user: User) -> None:
        """Make a job of an album, unless something speaks against it."""
        first = messages[0]
        pair = pair_of(messages)
        refusal = self._refusal(messages, pair, user)
        if pair is None or refusal:
            self.say(first, refusal)
        elif not self._is_taken(first):
            await self._take_pair(pair, caption_of(messages), first, user)

    def _refusal(
        self, messages: Sequence[Message], pair: tuple[Incoming, Incoming] | None, user: User
    ) -> str:
        """Word why an album isn't taken, or give nothing."""
        words = texts(user.language_code)
        if not self.allows(user):
            return words.private
        if pair is None:  # of albums in groups, Telegram often shows a bot only one picture
            alone = len(messages) == 1 and messages[0].chat.type != ChatType.PRIVATE
            return words.group_hint if alone else words.hint
        for number, (picture, message) in enumerate(zip(pair, messages, strict=True), 1):
            if picture.too_large:
                name = message.document.file_name if message.document else None
                return words.too_large.format(name or f"№ {number}")
        return ""

    def _is_taken(self, first: Message) -> bool:
        """Tell whether an album is a job already: after a crash its messages may come again."""
        album = first.chat_id, first.message_id
        return any((each.chat, each.reply_to) == album for each in self._known.values())

    async def _take_pair(
        self, pair: tuple[Incoming, Incoming], caption: str, first: Message, user: User
    ) -> None:
        """Fetch both pictures and submit them."""
        config = self._config
        settings, preset, said = options.read(caption, config.defaults, config.most_levels)
        status = await self._begin(first.chat_id, first.message_id, user, said)
        content, style = [await self._download(each) for each in pair]
        if content is None or style is None:
            text = texts(user.language_code).no_download
            await conclude(self._bot, first.chat_id, status, text)
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

    async def _download(self, picture: Incoming) -> bytes | None:
        """Fetch a picture; None if Telegram doesn't give it."""
        loop = asyncio.get_running_loop()
        end = loop.time() + DOWNLOAD_SECONDS
        return await deliver(
            lambda: self._fetch(picture), harmless=True, while_=lambda: loop.time() < end
        )

    async def _fetch(self, picture: Incoming) -> bytes:
        async with self._downloads:
            file = await self._bot.get_file(picture.file_id)
            return bytes(await file.download_as_bytearray())

    async def _submit(
        self, request: Request, chat: int, reply_to: int, user: User, status: int | None
    ) -> None:
        """Hand a request to the queue, and follow what becomes of it."""
        try:
            job = await self._orphan(request) or await self._queue.submit(request)
        except ArtstyleError as error:
            await conclude(self._bot, chat, status, texts(user.language_code).of_error(error))
            return
        language = user.language_code or "en"
        delivery = Delivery(job.id, chat, user.id, reply_to, status, language)
        self._known[job.id] = delivery  # before anything else can take it for an orphan
        await self._deliveries.save(delivery)
        self._follow(delivery, job)

    async def _orphan(self, request: Request) -> Job | None:
        """Find the same job of an album that was interrupted just after it was submitted."""
        unknown = [job for job in self._queue.all() if job.id not in self._known]
        if not any(job.owner == request.owner for job in unknown):
            return None
        key = await asyncio.to_thread(request.key)
        return next((job for job in unknown if (job.owner, job.key) == (request.owner, key)), None)

    def _follow(self, delivery: Delivery, job: Job) -> None:
        status = Status(self._bot, delivery.chat, delivery.status, self._edits)
        follower = Follower(self._bot, self._queue, self._deliveries, delivery, job, status=status)
        self._spawn(self._followed(follower, delivery))

    async def _followed(self, follower: Follower, delivery: Delivery) -> None:
        try:
            await follower.follow()
        except Forbidden:
            logger.info("user %s has blocked the bot: their pictures are cancelled", delivery.user)
            await self._abandon(delivery)

    async def _abandon(self, blocked: Delivery) -> None:
        """Cancel what can't be delivered: all that this user waits for in this chat."""
        blocked.finished = True
        await self._deliveries.save(blocked)
        for each in list(self._known.values()):
            job = self._queue.get(each.job)
            if job and (each.user, each.chat) == (blocked.user, blocked.chat):
                await self._queue.cancel(job)

    async def _late(self, message: Message) -> None:
        """Answer a picture that came after its album was taken."""
        await self._deliveries.drop(message.chat_id, message.message_id)
        if is_for_bot([message], self._bot.id, self._bot.username):
            self.say(message, texts(_language(message.from_user)).too_late)

    async def _say(self, message: Message, text: str) -> None:
        reply = ReplyParameters(message.message_id, allow_sending_without_reply=True)
        await deliver(lambda: self._bot.send_message(message.chat_id, text, reply_parameters=reply))

    def _answer(self, query: CallbackQuery, text: str) -> None:
        """Answer a button, or its clock goes on turning; a text pops up."""
        self._spawn(answer_once(query, text))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Forget a task, and tell what nobody expected."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Forbidden):
            logger.info("a user has blocked the bot")
        elif error:
            logger.error("something for a user went wrong", exc_info=error)


async def answer_once(query: CallbackQuery, text: str) -> None:
    """Answer a button once: a minute later nobody waits for it."""
    try:
        await query.answer(text or None, show_alert=False)
    except TelegramError as error:
        logger.info("a button was not answered: %s", error)


def owner(user_id: int) -> str:
    """Name a user as the owner of jobs."""
    return f"tg:{user_id}"


def _sources(files: JobFiles) -> tuple[bytes, bytes] | None:
    """Read the pictures of a job; None if they are gone."""
    try:
        return files.content.read_bytes(), files.style.read_bytes()
    except OSError:
        return None


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
    return words.running(job.step, job.moves)
