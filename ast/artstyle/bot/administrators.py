"""Whether somebody may press a button for a chat in whose name somebody wrote."""

import logging

from telegram import Bot, CallbackQuery, ChatMember
from telegram.error import TelegramError

logger = logging.getLogger(__name__)

ADMINISTRATORS = (ChatMember.ADMINISTRATOR, ChatMember.OWNER)


async def administers(bot: Bot, query: CallbackQuery, chat: int) -> bool:
    """Whether somebody is an administrator of a chat, or of the group if that is hidden."""
    if chat > 0:
        return False
    group = query.message.chat.id if query.message else chat
    for each in dict.fromkeys((chat, group)):
        try:
            member = await bot.get_chat_member(each, query.from_user.id)
        except TelegramError as error:  # the bot may not see who is in a channel
            logger.info("the members of a chat aren't shown: %s", error)
        else:
            return member.status in ADMINISTRATORS
    return False
