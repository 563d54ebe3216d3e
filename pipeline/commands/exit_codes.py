"""What the exit codes mean: the same for every command."""

from __future__ import annotations

CHECK_FAILED = 1
USER_ERROR = 2
ENVIRONMENT_ERROR = 3
INTERRUPTED = 130

EXIT_CODES = {
    0: "done",
    CHECK_FAILED: "what was to be checked for was found (audit --fail-on, db check), or an answer was no",
    USER_ERROR: "a mistake of yours, told in one line",
    ENVIRONMENT_ERROR: "shards failed, or the machine did, or camlode itself",
    INTERRUPTED: "interrupted (Ctrl-C; a job that mines, by SIGTERM too)",
}
"""Each code with what it says."""
