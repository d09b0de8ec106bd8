"""Pictures come in as Chromium draws them."""

from __future__ import annotations

import base64

import numpy as np
from tests import valid
from tests.browser import chromium

from artstyle.pictures.alpha import over
from artstyle.pictures.pixels import planes_of
from artstyle.pictures.read import examine

CLOSE = 0.01  # mean absolute difference, of 1
BLOCK = 16  # rows that a JPEG has at least in common
DRAW = """async (url) => {
  const image = new Image();
  image.src = url;
  await new Promise((done) => { image.onload = image.onerror = done; });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const drawing = canvas.getContext("2d", {colorSpace: "srgb", willReadFrequently: true});
  drawing.fillStyle = "white";
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.drawImage(image, 0, 0);
  const {data, width, height} = drawing.getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let at = 0; at < data.length; at += 4096)
    text += String.fromCharCode(...data.subarray(at, at + 4096));
  return [height, width, btoa(text)];
}"""


async def test_pictures_come_in_as_chromium_draws_them() -> None:
    pictures = valid.pictures()
    urls = [f"data:;base64,{base64.b64encode(data).decode()}" for data in pictures.values()]
    async with chromium() as browser:
        page = await browser.new_page()
        drawn = await page.evaluate(f"urls => Promise.all(urls.map({DRAW}))", urls)
    complaints = {
        name: complaint
        for (name, data), theirs in zip(pictures.items(), drawn, strict=True)
        if (complaint := compare(data, *theirs))
    }
    assert not complaints


def compare(data: bytes, height: int, width: int, pixels: str) -> str:
    theirs = np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(height, width, 4)
    decoded = examine(data)
    ours = over(planes_of(decoded.pixels), "white").transpose(1, 2, 0)
    if ours.shape[:2] != (height, width):
        return f"{ours.shape[:2]} here, {(height, width)} there"
    rows = height
    if decoded.missing is not None:
        rows = round(height * (1 - decoded.missing))
        drawn = int(np.flatnonzero((theirs < 255).any((1, 2)))[-1]) + 1
        # a row of blocks that isn't complete is left out there
        if not 0 <= rows - drawn <= 2 * BLOCK:
            return f"{rows} rows here, {drawn} there"
        rows = drawn
    difference = float(np.abs(ours - theirs[..., :3] / 255)[:rows].mean())
    return "" if difference < CLOSE else f"{difference:.4f}"
