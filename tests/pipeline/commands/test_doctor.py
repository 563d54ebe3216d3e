"""camlode doctor as a user calls it; one test starts TensorFlow and Ray."""

from __future__ import annotations

import json
import socket
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from camlode.sql.revision import REVISION

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BLOCKED = "raise ImportError('{} is broken')\n"


def found(printed: str) -> dict[str, dict[str, str]]:
    return {row["check"]: row for row in json.loads(printed)}


def test_all_that_is_here(two_runs: Any, write_job: Callable[..., Path], program: Any, tmp_path: Path) -> None:
    job = write_job([{"id": "a", "text": "水果"}])
    # The store that the job names and the one that was asked for are the same.
    done = program(f"$camlode doctor {two_runs.path} --job {job} --format json")
    rows = found(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert {name for name, row in rows.items() if row["state"] != "ok"} <= {
        "font for pictures",
        "memory",
        "shared memory",
    }
    assert rows["tensorflow"]["found"] == version("tensorflow")
    assert rows["TensorFlow starts"]["found"] == f"with Keras {version('keras')}"
    assert rows["Ray starts"]["found"].endswith(" GPUs: 1 workers")  # run.workers of the job
    assert rows["GPUs"]["found"].startswith("TensorFlow sees ")
    assert rows["store"]["found"] == rows["job's store"]["found"] == f"{two_runs.path}, revision {REVISION}"
    assert rows["job"]["found"] == f"{job} is valid"
    assert rows["job's corpus"]["found"] == "1 file"
    assert not (tmp_path / ".camlode").exists()


def test_what_is_broken_is_told_with_what_to_do(program: Any, tmp_path: Path) -> None:
    for library in ("tensorflow", "ray"):
        (tmp_path / f"{library}.py").write_text(BLOCKED.format(library))
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"postgresql://anna:secret@127.0.0.1:{closed.getsockname()[1]}/patterns"
    line = f"PYTHONPATH={tmp_path}:$PYTHONPATH $camlode doctor {address}"
    done = program(f"{line} --format json")
    rows = found(done.stdout)
    assert done.returncode == 2
    broken = {name: (row["state"], row["found"]) for name, row in rows.items() if "starts" in name}
    assert broken == {
        "TensorFlow starts": ("problem", "ImportError: tensorflow is broken"),
        "Ray starts": ("problem", "ImportError: ray is broken"),
    }
    assert "GPUs" not in rows
    assert rows["store"]["state"] == "problem"
    assert "postgresql://anna:***@127.0.0.1:" in rows["store"]["found"]
    assert "secret" not in done.stdout + done.stderr
    assert all(row["remedy"] for row in rows.values() if row["state"] != "ok")


def test_even_the_doctor_may_lack_a_library(program: Any, tmp_path: Path) -> None:
    (tmp_path / "pyarrow.py").write_text(BLOCKED.format("pyarrow"))
    done = program(f"PYTHONPATH={tmp_path}:$PYTHONPATH $camlode doctor --format json")
    rows = found(done.stdout)
    assert (done.returncode, done.stderr) == (2, "")
    assert rows["camlode itself"]["found"] == "pyarrow is broken"
    assert rows["numpy"]["state"] == "ok"
