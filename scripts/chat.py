"""Draw a chat with the bot for the README: ``python -m scripts.chat``.

The bot is the real one and really paints; the tests' Bot API server stands for Telegram. What was
said is kept in ``out/gallery/chat.json`` and drawn as a plain page of our own in Chromium.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import tempfile
from dataclasses import asdict, dataclass
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
KEPT = ROOT / "out" / "gallery" / "chat.json"  # what was said, so that it can be drawn again
PICTURES = ("img/content/astronaut.jpg", "img/style/impasto.webp")
WORDS = "fine"
PATIENCE = 1800.0  # seconds, on a busy machine
SHOWN = 560  # px of a picture's longer side in the page
SCALE = 1.5  # pixels of the file for one of the page
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; font: 15px/1.4 "DejaVu Sans", sans-serif; background: #f3efe6; color: #222 }}
main {{ width: 960px; padding: 16px; columns: 2; column-gap: 20px }}
article {{ break-inside: avoid; margin: 0 0 12px; padding: 9px 11px; background: #fff;
  border: 1px solid #d8d0bf; border-radius: 4px; box-sizing: border-box }}
article.you {{ background: #e9e2d0; margin-left: 60px }}
article.step {{ display: inline-block; width: 49%; vertical-align: top }}
b {{ display: block; font-size: 12px; color: #7a5c1e }}
p {{ margin: 4px 0 0; white-space: pre-line }}
figure {{ display: flex; gap: 4px; margin: 4px 0 0 }}
img {{ min-width: 0; flex: 1; width: 100%; object-fit: cover; border-radius: 2px }}
nav {{ display: flex; flex-wrap: wrap; gap: 4px; margin-top: 7px }}
span {{ flex: 1 0 30%; text-align: center; font-size: 13px; padding: 4px 6px;
  border: 1px solid #b9ab8a; border-radius: 3px; white-space: nowrap }}
</style><main>{}</main>"""


@dataclass(frozen=True)
class Said:
    """One message, or the pictures that were sent together."""

    who: str
    pictures: list[str]
    """JPEG, in base64."""
    text: str
    file: str | None
    buttons: list[str]


async def main() -> None:
    """Talk to the bot unless that was done before, and draw what was said."""
    if not KEPT.exists():
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(json.dumps([asdict(each) for each in heard(await talk())]))
    page = PAGE.format("".join(bubble(Said(**each)) for each in json.loads(KEPT.read_text())))
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


def heard(chat: Chat) -> list[Said]:
    """List the messages that are left, an album as one."""
    groups = groupby(
        (each for each in chat.messages if not each.deleted),
        lambda each: each.album or each.message_id,
    )
    return [_said(list(group)) for _, group in groups]


def _said(messages: list[Message]) -> Said:
    first = messages[0]
    return Said(
        who="the bot" if first.by_bot else "you",
        pictures=[small(each.photo) for each in messages if each.photo is not None],
        text="\n".join(each.text or each.caption or "" for each in messages).strip(),
        file=first.file_name,
        buttons=[button.text for button in messages[-1].buttons],
    )


def bubble(said: Said) -> str:
    """Draw one: who, pictures, text, file, buttons; an intermediate picture is smaller."""
    look = "step" if re.fullmatch(r"\d+ %", said.text) else said.who.split()[-1]
    shown = "".join(f'<img src="data:image/jpeg;base64,{each}">' for each in said.pictures)
    buttons = "".join(f"<span>{escape(each)}</span>" for each in said.buttons)
    parts = [
        f"<b>{said.who}</b>",
        f"<figure>{shown}</figure>" if shown else "",
        f"<p><u>{escape(said.file)}</u>, a file in full size</p>" if said.file else "",
        f"<p>{escape(said.text)}</p>" if said.text else "",
        f"<nav>{buttons}</nav>" if buttons else "",
    ]
    return f'<article class="{look}">{"".join(parts)}</article>'


def small(data: bytes) -> str:
    """Shrink a picture to what is shown of it, in base64."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    image.thumbnail((SHOWN, SHOWN))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=92)
    return base64.b64encode(made.getvalue()).decode()


def jpeg(path: Path) -> bytes:
    """Give a sample as the JPEG that a phone would send."""
    made = io.BytesIO()
    Image.open(path).convert("RGB").save(made, "JPEG", quality=92)
    return made.getvalue()


if __name__ == "__main__":
    asyncio.run(main())
