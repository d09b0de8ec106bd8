"""Buttons that belong to no job: a pair, several paintings, a sample, a language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from telegram import CallbackQuery, Message
from telegram.ext import ContextTypes

from artstyle.bot import clips
from artstyle.bot.administrators import administers
from artstyle.bot.albums import Albums
from artstyle.bot.answering import answer
from artstyle.bot.choices import CHOICES, Choice
from artstyle.bot.delivery import Delivery
from artstyle.bot.incoming import caption_of, check_size, media_of
from artstyle.bot.making import Making
from artstyle.bot.services import Services
from artstyle.bot.singles import as_reply
from artstyle.bot.submitting import Submitter
from artstyle.errors import ArtstyleError

Context = ContextTypes.DEFAULT_TYPE
Action = Callable[[CallbackQuery, list[str], Context], Awaitable[None]]


class Offers:
    def __init__(self, services: Services, submitter: Submitter, albums: Albums) -> None:
        self._services, self._submitter, self._albums = services, submitter, albums
        self._making = Making(services, submitter)
        self._bot, self._singles = services.app.bot, services.deliveries.singles
        self._choices = services.deliveries.choices
        self.actions: dict[str, Action] = {
            "pair": self._pair,
            **{choice: partial(self._choose, choice) for choice in CHOICES},
            "sample": self._sample,
            "language": self._language,
        }

    async def _pair(self, query: CallbackQuery, numbers: list[str], context: Context) -> None:
        """Take two pictures that came one after the other as a reply to one another."""
        words = self._services.speakers.pressing(query.from_user).words
        chat = query.message.chat.id if query.message else query.from_user.id
        asked = [int(each) if each.isdecimal() else 0 for each in numbers]
        found = [each for number in asked if (each := await self._singles.get(chat, number))]
        if len(found) == 2:
            await self._albums.add(Message.de_json(as_reply(found[1], found[0]), self._bot))
        text = words.started if len(found) == 2 else words.gone
        context.application.create_task(answer(query, text))

    async def _choose(
        self, choice: Choice, query: CallbackQuery, numbers: list[str], context: Context
    ) -> None:
        """Blend the paintings of an album, or take them one by one."""
        presser = self._services.speakers.pressing(query.from_user)
        chat = query.message.chat.id if query.message else query.from_user.id
        album = int(numbers[0]) if numbers[0].isdecimal() else 0
        found = await self._choices.album(chat, album)
        messages = [Message.de_json(each, self._bot) for each in found]
        text = presser.words.started
        if not messages:
            text = presser.words.gone
        elif not await self._may_choose(query, messages[0]):
            text = presser.words.not_yours
        else:
            await self._choices.choose(chat, album, choice)
            await self._albums.again(messages)
        context.application.create_task(answer(query, text))

    async def _may_choose(self, query: CallbackQuery, message: Message) -> bool:
        """Whether somebody sent an album, or administers the chat in whose name it was sent."""
        speaker = self._services.speakers.of(message)
        if speaker is None or speaker.id == query.from_user.id:
            return speaker is not None
        return await administers(self._bot, query, speaker.id)

    async def _sample(self, query: CallbackQuery, names: list[str], context: Context) -> None:
        context.application.create_task(self._paint_like(query, names[0]))

    async def _paint_like(self, query: CallbackQuery, name: str) -> None:
        """Paint the photo that came last in the manner of a sample painting."""
        speaker, painting = self._services.speakers.pressing(query.from_user), None
        words, painting = speaker.words, self._services.samples.paths.get(name)
        document = query.message and await self._singles.last(query.message.chat.id)
        if not self._services.config.allows(speaker.id):
            await answer(query, words.private)
        elif painting is None or not document:
            await answer(query, words.photo_first)
        else:
            message = Message.de_json(document, self._bot)
            photo, queue = media_of(message), self._services.queue
            assert photo  # what is kept has one
            try:
                clips.check({"content": photo}, queue.limits, taken=queue.decoding.takes_clips)
                check_size({"content": photo}, self._services.server.picture_bytes)
                self._submitter.admission.check(speaker.id)
            except ArtstyleError as error:
                await answer(query, words.error(error))
                return
            await answer(query, words.started)
            delivery = Delivery.to(speaker, message)
            await self._making.sample(photo, painting, caption_of([message]), delivery)

    async def _language(self, query: CallbackQuery, codes: list[str], context: Context) -> None:
        speakers = self._services.speakers
        await speakers.choose(query.from_user.id, codes[0])
        text = speakers.pressing(query.from_user).words.language_chosen
        context.application.create_task(answer(query, text))
