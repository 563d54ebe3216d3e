from __future__ import annotations

import os
import signal
import threading

import pytest

from pipeline.runs.interruption import SIGNALS, Interruptible


def handlers() -> list[object]:
    return [signal.getsignal(number) for number in SIGNALS]


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_raises_and_those_after_it_wait(number: signal.Signals) -> None:
    before = handlers()
    with Interruptible() as signals:
        signals.arm()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        for again in SIGNALS:
            os.kill(os.getpid(), again)
    assert handlers() == before


def test_nothing_changes_before_it_is_armed() -> None:
    before = handlers()
    with Interruptible():
        assert handlers() == before


def test_another_handler_is_restored_after_an_error() -> None:
    before = handlers()
    with pytest.raises(ZeroDivisionError), Interruptible() as signals:
        signals.arm()
        raise ZeroDivisionError
    assert handlers() == before


def test_a_thread_leaves_signals_alone() -> None:
    before, seen = handlers(), []

    def arm() -> None:
        with Interruptible() as signals:
            signals.arm()
            seen.append(handlers())

    thread = threading.Thread(target=arm)
    thread.start()
    thread.join()
    assert seen == [before]
