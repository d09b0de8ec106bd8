"""What the bot does with pictures, and with whatever else isn't a command."""

import logging
from collections.abc import Sequence
from uuid import uuid4

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.error import Forbidden

from artstyle.bot.albums import Albums
from artstyle.bot.buttons import pair_button, sample_buttons
from artstyle.bot.clips import clip_of, is_clip
from artstyle.bot.commands import Context, received
from artstyle.bot.faults import where
from artstyle.bot.incoming import is_for_bot, is_reply_pair, media_of, refusal
from artstyle.bot.services import Services
from artstyle.bot.submitting import Submitter
from artstyle.bot.taking import Taking
from artstyle.bot.texts import Texts
from artstyle.errors import ArtstyleError, QueueClosing, Unexpected

logger = logging.getLogger(__name__)


class Conversation:
    """The handler of messages; it saves albums, and answers in the background."""

    def __init__(self, services: Services, submitter: Submitter) -> None:
        self._bot, self._config = services.app.bot, services.config
        self._reply = services.replies.say
        self._singles, self._speakers = services.deliveries.singles, services.speakers
        self._samples = services.samples
        self._taking = Taking(services, submitter)
        inbox, config = services.deliveries.inbox, services.config
        self.albums = Albums(self._album, self._late, inbox, config, services.link)

    async def message(self, update: Update, context: Context) -> None:
        """Gather albums and replies; to anything else in private, say what comes next."""
        message, speaker = received(update, self._speakers)
        words, start = speaker.words, context.application.create_task
        if message.media_group_id or is_reply_pair(message):
            await self.albums.add(message)
        elif message.chat.type != ChatType.PRIVATE:
            return
        elif not self._config.allows(speaker.id):
            start(self._reply(message, words.private))
        elif (media := media_of(message)) is None:
            start(self._reply(message, refusal([message], words)))
        elif (first := await self._singles.add(message)) is None:
            second = words.second_clip if is_clip(media) else words.second
            start(self._reply(message, second, sample_buttons(self._samples)))
        else:
            start(self._ask_pair(message, first, words))

    async def _ask_pair(self, message: Message, first: int, words: Texts) -> None:
        """Ask whether a picture, or a clip, and the one before it belong together."""
        earlier = await self._singles.get(message.chat_id, first)
        both = [message, *([Message.de_json(earlier, self._bot)] if earlier else [])]
        clips = sum(clip_of(each) is not None for each in both)
        if clips > 1:
            await self._reply(message, words.one_clip)
            return
        question = words.ask_clip if clips else words.ask_pair
        await self._reply(message, question, pair_button(words, first, message.message_id))

    async def _album(self, messages: Sequence[Message]) -> None:
        first, speaker = messages[0], self._speakers.of(messages[0])
        if speaker is None or not is_for_bot(messages, self._bot):
            return
        words = speaker.words
        try:
            await self._taking.take(messages, speaker)
        except (Forbidden, QueueClosing):
            raise
        except ArtstyleError as error:
            await self._reply(first, words.error(error))
        except Exception as error:
            id = uuid4().hex[:8]
            logger.error("an album couldn't be handled (%s): %s", id, where(error))
            await self._reply(first, words.error(Unexpected(id)))

    async def _late(self, message: Message) -> None:
        """Answer a picture that came after its album was complete."""
        speaker = self._speakers.of(message)
        if speaker and is_for_bot([message], self._bot):
            await self._reply(message, speaker.words.too_late)
