"""The signals that end the programs."""

import os
import signal
from collections.abc import Iterator

import pytest

from artstyle.cli import signals


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Begin with what a shell gives its programs, and leave the process as it was."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {each: signal.getsignal(each) for each in numbers}
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


def test_a_hangup_ends_programs_except_under_nohup() -> None:
    assert signals.ending() == [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert signals.ending() == [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_interrupts_as_ctrl_c_does(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), signals.interrupting():
        os.kill(os.getpid(), number)
    assert signal.getsignal(number) == signal.SIG_DFL


def test_what_is_ignored_or_handled_stays_so() -> None:
    def handle(*_: object) -> None:
        handled.append(True)

    handled: list[bool] = []
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, handle)
    with signals.interrupting():
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)
    assert handled == [True]
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
