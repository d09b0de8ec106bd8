"""Where messages go, which may change: groups become supergroups, and topics are deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import Message
from telegram.error import BadRequest, ChatMigrated, TelegramError

TOPIC_GONE = re.compile("message thread not found|topic_?(deleted|id_invalid)", re.I)


@dataclass(slots=True, kw_only=True)
class Address:
    chat: int
    thread: int | None = None  # the topic of a forum
    reply_to: int | None = None  # the message that is answered

    @classmethod
    def of(cls, message: Message) -> Address:
        """Where an answer to a message goes."""
        return Address(chat=message.chat_id, thread=topic_of(message), reply_to=message.message_id)

    def correct(self, error: TelegramError) -> bool:
        """Correct the address as an error says; False if that isn't why the request failed."""
        if isinstance(error, ChatMigrated):
            self.move(error.new_chat_id)
            return True
        gone = isinstance(error, BadRequest) and TOPIC_GONE.search(str(error))
        if gone and self.thread is not None:
            self.thread = None
            return True
        return False

    def move(self, chat: int) -> None:
        """Go to the supergroup that a group became; none of its messages has its old number."""
        self.chat, self.thread, self.reply_to = chat, None, None


def topic_of(message: Message) -> int | None:
    """A message's topic; outside of forums, threads are something else."""
    return message.message_thread_id if message.is_topic_message else None
