"""One line of what the doctor says."""

from __future__ import annotations

from typing import Literal, NamedTuple

State = Literal["ok", "missing", "problem"]


class CheckResult(NamedTuple):
    """What was looked at, how it is, what was found, and what to do unless it is ok.

    `required`: the user asked for it, or a job that the user named needs it.
    """

    check: str
    state: State
    found: str
    remedy: str = ""
    required: bool = False

    @property
    def fails(self) -> bool:
        """Whether something that was asked for is not there, or broken."""
        return self.required and self.state != "ok"
