"""How an unexpected error is told to the log: never with its message, which may quote a user."""

import traceback


def where(error: BaseException) -> str:
    """The type of an error, and the calls that led to it."""
    frames = traceback.extract_tb(error.__traceback__)[::-1]
    calls = " < ".join(f"{each.name} ({_short(each.filename)}:{each.lineno})" for each in frames)
    return f"{type(error).__name__} in {calls}" if calls else type(error).__name__


def _short(path: str) -> str:
    return "/".join(path.replace("\\", "/").split("/")[-2:])
