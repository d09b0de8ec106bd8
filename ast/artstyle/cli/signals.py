"""The signals that end a program: Ctrl-C, SIGTERM, and SIGHUP when its terminal is closed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


def ending() -> list[signal.Signals]:
    """Those that are to end this program; not SIGHUP under ``nohup``, which ignores it."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP
    found = [signal.Signals[name] for name in names if name in signal.Signals.__members__]
    hangup = getattr(signal, "SIGHUP", None)
    return [each for each in found if each != hangup or signal.getsignal(each) != signal.SIG_IGN]


@contextmanager
def interrupting() -> Iterator[None]:
    """Let each of them raise KeyboardInterrupt meanwhile, as Ctrl-C does."""
    before = {each: signal.getsignal(each) for each in ending() if each != signal.SIGINT}
    defaults = [each for each, handler in before.items() if handler == signal.SIG_DFL]
    for each in defaults:
        signal.signal(each, signal.default_int_handler)
    try:
        yield
    finally:
        for each in defaults:
            signal.signal(each, signal.SIG_DFL)
