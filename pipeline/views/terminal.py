"""Where everything but data for programs is printed."""

from __future__ import annotations

from rich.console import Console

PIPE_WIDTH = 1000


class Terminal(Console):
    """A terminal; or a pipe, in which lines are as long as they are.

    Raises:
        BrokenPipeError: the pipe's reader is gone; of itself, Rich would end the program as failed.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False)
        if not self.is_terminal:
            self.width = PIPE_WIDTH

    def on_broken_pipe(self) -> None:
        """Called where the pipe's reader is gone."""
        raise BrokenPipeError
