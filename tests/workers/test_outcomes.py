from __future__ import annotations

from typing import Any

import pytest
from ray.exceptions import (
    ActorUnavailableError,
    NodeDiedError,
    RayTaskError,
    TaskCancelledError,
    WorkerCrashedError,
)

from camlode.config import CorpusError, ModelError, WorkerError
from camlode.pipeline.records import CorpusFile, Shard
from camlode.workers.outcomes import format_reason, to_camlode_error, to_failure
from camlode.workers.queue import Attempt

ATTEMPT = Attempt(Shard("0" * 16, 3, CorpusFile("corpus", 1), "rows", 0, 1), 2, 0)


def make_task_error(cause: Exception) -> RayTaskError:
    return RayTaskError("task", "Traceback …\nlast line of it", cause)


@pytest.mark.parametrize(
    "error", [ActorUnavailableError("gone", None), NodeDiedError("gone"), WorkerCrashedError(), TaskCancelledError()]
)
def test_a_lost_process_counts_as_a_lost_worker(error: Any) -> None:
    failure = to_failure(ATTEMPT, error)
    assert (failure.worker_lost, failure.attempts, failure.shard, failure.will_retry) == (True, 2, ATTEMPT.shard, False)


def test_so_does_a_task_whose_input_was_lost() -> None:
    assert to_failure(ATTEMPT, make_task_error(ActorUnavailableError("gone", None))).worker_lost


@pytest.mark.parametrize("cause", [ValueError("bad"), CorpusError("bad"), OSError("bad")])
def test_an_error_of_code_or_data_does_not(cause: Exception) -> None:
    failure = to_failure(ATTEMPT, make_task_error(cause))
    assert (failure.worker_lost, failure.reason) == (False, f"{type(cause).__name__}: bad")


def test_an_error_common_to_all_shards_is_raised() -> None:
    with pytest.raises(WorkerError, match=r"^cannot write to the work folder$"):
        to_failure(ATTEMPT, make_task_error(WorkerError("cannot write to the work folder")))


def test_a_users_mistake_is_raised_unchanged() -> None:
    mistake = ModelError("model.path cannot be read")
    assert to_camlode_error(make_task_error(mistake)) is mistake


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (make_task_error(ValueError("bad")), "a worker failed: ValueError: bad"),
        (NodeDiedError("gone"), "a worker died: NodeDiedError: gone"),
    ],
)
def test_other_errors_name_what_happened_to_the_worker(error: Any, words: str) -> None:
    found = to_camlode_error(error)
    assert isinstance(found, WorkerError)
    assert str(found) == words


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("first\n  last\n\n"), "ValueError:   last"),
        (ValueError(), "ValueError: "),
        (ValueError("x" * 600), f"ValueError: {'x' * 488}"),
    ],
)
def test_a_reason_is_one_line(error: Exception, line: str) -> None:
    assert format_reason(error) == line
