"""What the bot does with commands."""

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import ContextTypes

from artstyle.bot.address import Address
from artstyle.bot.buttons import language_buttons, sample_buttons
from artstyle.bot.services import Services
from artstyle.bot.speakers import Speaker, Speakers, owner
from artstyle.bot.statistics import Statistics
from artstyle.bot.texts import LANGUAGE
from artstyle.jobs import Job

LISTED = 10  # jobs in the answer to /status

Context = ContextTypes.DEFAULT_TYPE


class Commands:
    """Handlers of commands; all but ``cancel`` run in the background."""

    def __init__(self, services: Services) -> None:
        self._queue, self._config = services.queue, services.config
        self._reply, self._bot = services.replies.say, services.app.bot
        self._speakers, self._samples = services.speakers, services.samples

    async def help(self, update: Update, _: Context) -> None:
        message, speaker = received(update, self._speakers)
        words = speaker.words
        await self._reply(message, words.help if self._config.allows(speaker.id) else words.private)

    async def status(self, update: Update, _: Context) -> None:
        message, speaker = received(update, self._speakers)
        words = speaker.words
        lines = [f"• {words.status(job)}" for job in self._jobs_of(speaker)[-LISTED:]]
        await self._reply(message, "\n".join(lines) or words.nothing)

    async def cancel(self, update: Update, context: Context) -> None:
        message, speaker = received(update, self._speakers)
        words = speaker.words
        waiting = [job for job in self._jobs_of(speaker) if not job.status.ended]
        count = sum([await self._queue.cancel(job) for job in waiting])
        text = words.cancelled_count.format(count) if count else words.nothing
        context.application.create_task(self._reply(message, text), update)

    async def stats(self, update: Update, _: Context) -> None:
        """Figures for those whom BOT_ADMINS names; for others it is no command."""
        message, speaker = received(update, self._speakers)
        words = speaker.words
        if speaker.id not in self._config.admins:
            await self._reply(message, words.hint)
            return
        found = Statistics.of(self._queue.all())
        failed = ", ".join(f"{code} {count}" for code, count in found.failed.items()) or "0"
        wait = words.duration(found.wait)
        text = words.stats.format(found.queued, found.running, found.done, failed, wait)
        await self._reply(message, text)

    async def paintings(self, update: Update, _: Context) -> None:
        """Show the sample paintings, with buttons for the photo that came last."""
        message, speaker = received(update, self._speakers)
        words = speaker.words
        if not self._config.allows(speaker.id):
            await self._reply(message, words.private)
        elif not self._samples.paths or message.chat.type != ChatType.PRIVATE:
            await self._reply(message, words.hint)
        else:
            await self._samples.show(self._bot, Address.of(message))
            await self._reply(message, words.photo_first, sample_buttons(self._samples))

    async def language(self, update: Update, _: Context) -> None:
        message, _speaker = received(update, self._speakers)
        await self._reply(message, LANGUAGE, language_buttons())

    def _jobs_of(self, speaker: Speaker) -> list[Job]:
        return [job for job in self._queue.all() if job.owner == owner(speaker.id)]


def received(update: Update, speakers: Speakers) -> tuple[Message, Speaker]:
    message = update.message
    assert message  # the handlers' filters let nothing else pass
    speaker = speakers.of(message)
    assert speaker  # only channels, which aren't asked for, have posts of nobody
    return message, speaker
