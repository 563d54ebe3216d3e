"""What `camlode faithfulness --format json` measured, for a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from config.errors import CamlodeError
from pipeline.faithfulness.report import FaithfulnessReport

if TYPE_CHECKING:
    from pathlib import Path


def read_faithfulness(path: Path) -> FaithfulnessReport:
    """The comparison of methods that a file holds.

    Raises:
        CamlodeError: there is no such file, or it holds something else.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(FaithfulnessReport).validate_json(path.read_bytes())
    except OSError as error:
        raise CamlodeError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise CamlodeError(
            f"{path} is no comparison of methods: {place}: {first['msg']}; expected what camlode faithfulness JOB "
            "--format json prints"
        ) from error
