from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from camlode.pipeline.runs.signals import SIGNALS, InterruptHandler

if TYPE_CHECKING:
    from collections.abc import Iterator


def handlers() -> list[Any]:
    return [signal.getsignal(number) for number in SIGNALS]


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leaves the handlers as they were, for the tests that come after."""
    before = handlers()
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_raises_and_later_ones_are_ignored(number: signal.Signals) -> None:
    before = handlers()
    with InterruptHandler() as signals:
        signals.install()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        for again in SIGNALS:
            os.kill(os.getpid(), again)
    assert handlers()[0] == before[0]
    assert (handlers()[1] == before[1]) == (number != signal.SIGTERM)


def test_a_second_sigterm_after_the_context_is_ignored() -> None:
    with pytest.raises(KeyboardInterrupt), InterruptHandler() as signals:
        signals.install()
        os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGTERM)


def test_nothing_changes_before_install() -> None:
    before = handlers()
    with InterruptHandler():
        assert handlers() == before


def test_another_handler_is_restored_after_an_error() -> None:
    before = handlers()
    with pytest.raises(ZeroDivisionError), InterruptHandler() as signals:
        signals.install()
        raise ZeroDivisionError
    assert handlers() == before


def test_a_thread_leaves_signals_alone() -> None:
    before, seen = handlers(), []

    def install() -> None:
        with InterruptHandler() as signals:
            signals.install()
            seen.append(handlers())

    thread = threading.Thread(target=install)
    thread.start()
    thread.join()
    assert seen == [before]
