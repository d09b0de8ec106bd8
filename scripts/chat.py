"""Draw a chat with the bot for the documentation: ``python -m scripts.chat``.

The bot is real and paints; the tests' Bot API server stands in for Telegram. The chat is drawn as a
plain page in Chromium.
"""

from __future__ import annotations

import asyncio
import base64
import io
import re
import tempfile
from html import escape
from itertools import groupby
from pathlib import Path

import config
from PIL import Image
from scripts.screens import chromium, save
from tests.bot import ended, running
from tests.telegram_chats import Chat, Message
from tests.telegram_server import Photo, Telegram

from artstyle.jobs import ThreadEngine

ROOT = Path(__file__).parents[1]
PICTURES = ("img/content/astronaut.jpg", "img/style/impasto.webp")
WORDS = "fine, standard"
PATIENCE = 1800.0  # seconds, on a busy machine
SHOWN = 560  # px of a picture's longer side in the page
SCALE = 1.5  # pixels of the file for each pixel of the page
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; font: 15px/1.4 "DejaVu Sans", sans-serif; background: #f3efe6; color: #222 }}
main {{ width: 960px; padding: 16px; columns: 2; column-gap: 20px }}
article {{ break-inside: avoid; margin: 0 0 12px; padding: 9px 11px; background: #fff;
  border: 1px solid #d8d0bf; border-radius: 4px; box-sizing: border-box }}
article.you {{ background: #e9e2d0; margin-left: 60px }}
article.step {{ display: inline-block; width: calc(50% - 6px); vertical-align: top }}
:nth-child(odd of .step) {{ margin-right: 12px }}
b {{ display: block; font-size: 12px; color: #7a5c1e }}
p {{ margin: 4px 0 0; white-space: pre-line }}
figure {{ display: flex; gap: 4px; margin: 4px 0 0 }}
img {{ min-width: 0; flex: 1; width: 100%; object-fit: cover; border-radius: 2px }}
nav {{ display: flex; flex-wrap: wrap; gap: 4px; margin-top: 7px }}
span {{ flex: 1 0 30%; text-align: center; font-size: 13px; padding: 4px 6px;
  border: 1px solid #b9ab8a; border-radius: 3px; white-space: nowrap }}
</style><main>{}</main>"""


async def main() -> None:
    """Talk to the bot, and draw the chat."""
    page = PAGE.format(drawn(await talk()))
    async with chromium() as browser:
        tab = await browser.new_page(device_scale_factor=SCALE)
        await tab.set_content(page, wait_until="load")
        picture = await tab.locator("main").screenshot()
    save([Image.open(io.BytesIO(picture)).convert("RGB")], ROOT / "img" / "bot.webp")


async def talk() -> Chat:
    """Send two pictures to the bot and wait for the third."""
    engine = ThreadEngine(config.WORKERS, config.LARGE_LEVELS)
    with tempfile.TemporaryDirectory() as folder:
        async with Telegram() as telegram, running(telegram, Path(folder), engine):
            ann = telegram.user(1)
            sent = [jpeg((ROOT / name).read_bytes()) for name in PICTURES]
            await ann.sends_album([Photo(data) for data in sent], WORDS)
            await ann.chat.until(ended, PATIENCE)
            return ann.chat


def drawn(chat: Chat) -> str:
    """The remaining messages as HTML, an album as one."""
    left = (each for each in chat.messages if not each.deleted)
    albums = groupby(left, lambda each: each.album or each.message_id)
    return "".join(bubble(list(messages)) for _, messages in albums)


def bubble(messages: list[Message]) -> str:
    """A message, or an album; intermediate pictures are smaller."""
    first, last = messages[0], messages[-1]
    text = "\n".join(each.text or each.caption or "" for each in messages).strip()
    look = "step" if re.fullmatch(r"\d+ %", text) else "bot" if first.by_bot else "you"
    photos = [jpeg(each.photo, SHOWN) for each in messages if each.photo is not None]
    shown = "".join(
        f'<img src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">' for data in photos
    )
    buttons = "".join(f"<span>{escape(button.text)}</span>" for button in last.buttons)
    file = first.file_name
    parts = [
        f"<b>{'the bot' if first.by_bot else 'you'}</b>",
        f"<figure>{shown}</figure>" if shown else "",
        f"<p><u>{escape(file)}</u>, a file in full size</p>" if file else "",
        f"<p>{escape(text)}</p>" if text else "",
        f"<nav>{buttons}</nav>" if buttons else "",
    ]
    return f'<article class="{look}">{"".join(parts)}</article>'


def jpeg(data: bytes, side: int | None = None) -> bytes:
    """The picture as a JPEG, shrunk to a longer side if given."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    if side is not None:
        image.thumbnail((side, side))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=92)
    return made.getvalue()


if __name__ == "__main__":
    asyncio.run(main())
