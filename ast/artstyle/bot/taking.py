"""Takes complete albums: makes jobs of them, asks how, or says what is wrong."""

from collections.abc import Sequence

from telegram import Message
from telegram.constants import ChatType

from artstyle.bot import clips, options
from artstyle.bot.address import Address
from artstyle.bot.buttons import choice_buttons
from artstyle.bot.choices import Choice
from artstyle.bot.delivery import Delivery
from artstyle.bot.incoming import Pictures, caption_of, check_size, one_by_one, pictures_of, refusal
from artstyle.bot.sending import send_text
from artstyle.bot.services import Services
from artstyle.bot.speakers import Speaker
from artstyle.bot.submitting import Submitter


class Taking:
    def __init__(self, services: Services, submitter: Submitter) -> None:
        self._bot, self._config = services.app.bot, services.config
        self._deliveries, self._reply = services.deliveries, services.replies.say
        self._submitter, self._most = submitter, services.server.picture_bytes
        self._queue = services.queue

    async def take(self, messages: Sequence[Message], speaker: Speaker) -> None:
        """Take an album, or a reply to a picture; raises `ArtstyleError`."""
        first, words = messages[0], speaker.words
        masked = options.masked(caption_of(messages))
        pictures = pictures_of(messages, masked=masked)
        if not self._config.allows(speaker.id):
            await self._reply(first, words.private)
        elif pictures is None:  # of albums in groups, Telegram often shows a bot only one picture
            alone = len(messages) == 1 and first.chat.type != ChatType.PRIVATE
            told = words.group_hint if alone else refusal(messages, words, masked=masked)
            await self._reply(first, told)
        else:
            clips.check(pictures, self._queue.limits, taken=self._queue.decoding.takes_clips)
            check_size(pictures, self._most)
            await self._make(pictures, messages, speaker)

    async def _make(
        self, pictures: Pictures, messages: Sequence[Message], speaker: Speaker
    ) -> None:
        caption = caption_of(messages)
        match await self._choice(pictures, messages):
            case "blend":
                await self._submit(pictures, caption, messages[0], speaker)
            case "each":  # in answer to its painting, so that a restart knows which are made
                for one, message in zip(one_by_one(pictures), messages[1:], strict=False):
                    await self._submit(one, caption, message, speaker)
            case None:
                await self._ask(messages, speaker)

    async def _choice(self, pictures: Pictures, messages: Sequence[Message]) -> Choice | None:
        """What is to become of several paintings; weights say that they are blended."""
        first = messages[0]
        if "style_2" not in pictures or options.weighted(caption_of(messages)):
            return "blend"
        return await self._deliveries.choices.chosen(first.chat_id, first.message_id)

    async def _submit(
        self, pictures: Pictures, caption: str, message: Message, speaker: Speaker
    ) -> None:
        """Make a job in answer to a message, unless that was done before a crash."""
        if not self._deliveries.answers(message.chat_id, message.message_id):
            await self._submitter.submit(pictures, caption, Delivery.to(speaker, message))

    async def _ask(self, messages: Sequence[Message], speaker: Speaker) -> None:
        """Ask whether to blend the paintings, once."""
        first, words, inbox = messages[0], speaker.words, self._deliveries.inbox
        await self._deliveries.choices.keep(messages)
        if inbox.answer(first.chat_id, first.message_id) is None:
            buttons = choice_buttons(words, first.message_id)
            sent = await send_text(self._bot, Address.of(first), words.ask_choice, buttons)
            if sent is not None:  # known after a crash, before the album is handled
                await inbox.answered(first.chat_id, first.message_id, sent.message_id)
