"""Memory of a job at two sizes of the corpus, its start-up time, and the time to find a complete run.

    python -m benchmarks.memory [--small 100000] [--large 1000000]

Jobs run as commands. The resident memory of the command and its descendants is sampled from /proc twice per second;
the table shows the peak of each kind of process. Pages of Ray's object store, which all processes share, are not
counted.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.setting import make_setting
from camlode.pipeline.models.runtime import start_tensorflow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from camlode.config import Job

KINDS = {"ray::AttributionActor": "worker", "ray::": "reading and extracting", "camlode.pipeline.cli": "driver"}


class JobMeasurement(NamedTuple):
    """Seconds until the command ends, seconds until its first shard is done, and peak MiB by kind of process."""

    seconds: float
    first: float
    memory: dict[str, float]


def run(folder: Path, *arguments: str) -> JobMeasurement:
    """Run `camlode mine` and sample its memory."""
    began, memory = time.time(), dict.fromkeys(KINDS.values(), 0.0)
    command = [sys.executable, "-m", "camlode.pipeline.cli", "mine", str(folder / "job.json"), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        for kind, size in _resident_sizes(process.pid):
            memory[kind] = max(memory[kind], size)
        time.sleep(0.5)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} exited with code {process.returncode}")
    return JobMeasurement(time.time() - began, _first_shard_time(folder) - began, memory)


def write_repeated_corpus(job: Job, folder: Path, documents: int) -> None:
    """Write a corpus of `documents` records by repeating the job's texts with new ids, and its job."""
    folder.mkdir(exist_ok=True)
    texts = [json.loads(line)["text"] for line in Path(job.corpus.paths[0]).read_text(encoding="utf-8").splitlines()]
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for number in range(documents):
            record = {"id": str(number), "text": texts[number % len(texts)]}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    values = job.model_dump(mode="json")
    values["corpus"]["paths"] = [str(folder / "corpus.jsonl")]
    values["store"]["url"], values["run"]["work_folder"] = str(folder / "patterns.db"), str(folder / "work")
    (folder / "job.json").write_text(json.dumps(values, ensure_ascii=False), encoding="utf-8")


def _resident_sizes(root: int) -> Iterator[tuple[str, float]]:
    """Kind and MiB of the process `root` and its descendants."""
    parents = dict(_list_processes())
    for process in parents:
        ancestor = process
        while ancestor and ancestor != root:
            ancestor = parents.get(ancestor, 0)
        command = _read(process, "cmdline").replace("\0", " ")
        kind = next((kind for word, kind in KINDS.items() if word in command), None)
        if ancestor == root and kind:
            own = [line.split()[1] for line in _read(process, "status").splitlines() if line.startswith("RssAnon")]
            yield kind, int(own[0]) / 1024 if own else 0.0


def _list_processes() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _read(int(folder.name), "stat").rpartition(")")[2].split()
        if fields:
            yield int(folder.name), int(fields[1])


def _read(process: int, name: str) -> str:
    try:
        return Path(f"/proc/{process}/{name}").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""  # the process has ended


def _first_shard_time(folder: Path) -> float:
    from datetime import datetime

    log = max((folder / "work").glob("*/run.log"), key=lambda path: path.stat().st_mtime)
    return datetime.fromisoformat(json.loads(log.read_text(encoding="utf-8").splitlines()[0])["time"]).timestamp()


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", type=int, default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    arguments = parser.parse_args()
    start_tensorflow(threads=2, seed=1)
    job = make_setting(32, 60_000).job
    measurements = []
    for documents in (arguments.small, arguments.large):
        folder = Path(job.folder) / f"repeated-{documents}"
        write_repeated_corpus(job, folder, documents)
        measurements.append(run(folder, "--fresh"))
    rerun = run(folder)
    small, large = measurements
    print(f"\n| peak MiB | {arguments.small:,} documents | {arguments.large:,} | ratio |\n|---|---:|---:|---:|")
    for kind in small.memory:
        before, after = small.memory[kind], large.memory[kind]
        print(f"| {kind} | {before:,.0f} | {after:,.0f} | {after / max(before, 1):.2f} |")
    print(f"\nfirst shard done after {large.first:.1f} s")
    print(f"complete run of {arguments.large:,} documents found in {rerun.seconds:.1f} s")


if __name__ == "__main__":
    main()
