"""Draw a chat with the bot for the README: ``python -m scripts.chat``.

The bot is the real one and really paints; the tests' Bot API server stands for Telegram. What was
said is drawn as a plain page of our own in Chromium.
"""

from __future__ import annotations

import asyncio
import base64
import io
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

import config
from PIL import Image
from scripts.screens import chromium, save
from tests.bot import ended, running
from tests.telegram_chats import Chat, Message
from tests.telegram_server import Photo, Telegram

from artstyle.jobs import ThreadEngine

ROOT = Path(__file__).parents[1]
PICTURES = ("img/content/astronaut.jpg", "img/style/splashes.webp")
WORDS = "strong"
PATIENCE = 1800.0  # seconds, on a busy machine
SHOWN = 560  # px of a picture's longer side in the page
SCALE = 1.5  # pixels of the file for one of the page
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; font: 15px/1.4 "DejaVu Sans", sans-serif; background: #f3efe6; color: #222 }}
main {{ width: 1180px; padding: 18px; columns: 3; column-gap: 18px }}
article {{ break-inside: avoid; margin: 0 0 12px; padding: 9px 11px; background: #fff;
  border: 1px solid #d8d0bf; border-radius: 4px }}
article.user {{ background: #e9e2d0; margin-left: 34px }}
article.bot {{ margin-right: 34px }}
b {{ display: block; font-size: 12px; color: #7a5c1e }}
p {{ margin: 4px 0 0; white-space: pre-line }}
figure {{ display: flex; gap: 4px; margin: 4px 0 0 }}
img {{ min-width: 0; flex: 1; width: 100%; object-fit: cover; border-radius: 2px }}
nav {{ display: flex; flex-wrap: wrap; gap: 4px; margin-top: 7px }}
span {{ flex: 1 0 30%; text-align: center; font-size: 13px; padding: 4px 6px;
  border: 1px solid #b9ab8a; border-radius: 3px; white-space: nowrap }}
</style><main>{}</main>"""


async def main() -> None:
    """Talk to the bot, and draw what was said."""
    chat = await talk()
    page = PAGE.format("".join(drawn(chat)))
    async with chromium() as browser:
        tab = await browser.new_page(device_scale_factor=SCALE)
        await tab.set_content(page, wait_until="load")
        picture = await tab.locator("main").screenshot()
    save([Image.open(io.BytesIO(picture)).convert("RGB")], ROOT / "img" / "bot.webp")


async def talk() -> Chat:
    """Have a user send two pictures, and wait for the third."""
    engine = ThreadEngine(config.WORKERS, config.LARGE_LEVELS)
    with tempfile.TemporaryDirectory() as folder:
        async with Telegram() as telegram, running(telegram, Path(folder), engine):
            ann = telegram.user(1)
            album = [Photo(jpeg(ROOT / name)) for name in PICTURES]
            await ann.sends_album(album, WORDS)
            await ann.chat.until(ended, PATIENCE)
            return ann.chat


def drawn(chat: Chat) -> list[str]:
    """Draw the messages that are left, an album as one."""
    shown: list[str] = []
    album: list[Message] = []
    for message in (each for each in chat.messages if not each.deleted):
        if message.album is not None and len(album) < len(PICTURES) - 1:
            album.append(message)
            continue
        shown.append(bubble([*album, message]))
        album = []
    return shown


def bubble(messages: Sequence[Message]) -> str:
    """Draw a message or an album: who, pictures, text, file, buttons."""
    first = messages[0]
    photos = [figure(each.photo) for each in messages if each.photo is not None]
    said = "\n".join(each.text or each.caption or "" for each in messages).strip()
    file = f"<p>File: {escape(first.file_name)}</p>" if first.file_name else ""
    buttons = "".join(f"<span>{escape(button.text)}</span>" for button in messages[-1].buttons)
    return (
        f'<article class="{"bot" if first.by_bot else "user"}">'
        f"<b>{'the bot' if first.by_bot else 'you'}</b>"
        + (f"<figure>{''.join(photos)}</figure>" if photos else "")
        + file
        + (f"<p>{escape(said)}</p>" if said else "")
        + (f"<nav>{buttons}</nav>" if buttons else "")
        + "</article>"
    )


def figure(data: bytes) -> str:
    """Put a picture into the page itself."""
    return f'<img src="data:image/jpeg;base64,{base64.b64encode(small(data)).decode()}">'


def small(data: bytes) -> bytes:
    """Shrink a picture to what is shown of it."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.thumbnail((SHOWN, SHOWN))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=92)
    return made.getvalue()


def jpeg(path: Path) -> bytes:
    """Give a sample as the JPEG that a phone would send."""
    made = io.BytesIO()
    Image.open(path).convert("RGB").save(made, "JPEG", quality=92)
    return made.getvalue()


if __name__ == "__main__":
    asyncio.run(main())
