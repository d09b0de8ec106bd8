"""Whether a file is a clip, by its first bytes: what it is called never matters."""

from __future__ import annotations

from pathlib import Path

from artstyle.pictures import formats

HEAD = 4096
TS_PACKET = 188  # bytes of an MPEG transport stream's packets
TS_SYNC = 0x47  # the first byte of each …
TS_CONTENT = 0x30  # … and the bits of its fourth that are never all 0
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # the first of an MP4 or MOV
_SIGNATURES = (  # (offset, bytes there)
    (0, b"\x1a\x45\xdf\xa3"),  # Matroska, WebM
    (8, b"AVI "),
    (0, b"\0\0\1\xba"),  # MPEG program stream
    (0, b"\0\0\1\xb3"),  # MPEG-1 and MPEG-2 video
    (0, b"FLV\1"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),  # ASF: WMV, WMA
    (0, b"OggS"),
)
_GIF = b"GIF8"


def is_clip(path: Path, *, gif: bool = False) -> bool:
    """Whether a file holds moving pictures, or sound alone, as far as its beginning tells.

    An animated GIF is a clip only on request: otherwise its first picture is a photo.
    """
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return looks_like_clip(file.read(HEAD), gif=gif)
    except OSError:  # whoever reads the picture says why
        return False


def looks_like_clip(head: bytes, *, gif: bool = False) -> bool:
    """Whether these are the first bytes of a clip."""
    if head.startswith(_GIF):
        return gif
    if head[4:8] in _BOXES:
        # HEIF photos share the container; what else has a name of its own isn't a clip
        return head[4:8] != b"ftyp" or formats.format_of(head).endswith("(a video)")
    if any(head.startswith(signature, offset) for offset, signature in _SIGNATURES):
        return True
    return len(head) >= 2 * TS_PACKET and all(
        packet[0] == TS_SYNC and packet[3] & TS_CONTENT for packet in (head, head[TS_PACKET:])
    )
