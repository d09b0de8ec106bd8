"""What a file may be, by what its sender's system says of it."""

import mimetypes

from telegram import Document

UNKNOWN = ("application/octet-stream", "binary/octet-stream", "")  # from who knows no HEIC


def kind_of(document: Document) -> str:
    """Its MIME type; for some systems, a HEIC file has no known type, and so may be a picture."""
    kind = document.mime_type or ""
    if kind in UNKNOWN:
        kind = mimetypes.guess_type(document.file_name or "")[0] or "image/"
    return kind
