"""Response times of the explorer's pages and search, with twenty simultaneous users and a million patterns.

    python -m benchmarks.explorer [--patterns 1000000] [--people 20] [--pause 1.0] [--seconds 30] [--databases …]

Each user requests a page, reads for `--pause` seconds on average (0: no pause), and requests the next. Times are
from the first byte sent to the last byte read. Server and users share the machine. The store has 40 labels and 5
runs.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import numpy as np

from benchmarks.store import DATABASES, LABELS, RUNS, fill
from benchmarks.synthetic import make_label_names
from camlode.explorer.query import PAGE_SIZE, address
from camlode.sql import PatternStore
from camlode.sql.query.patterns import ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from camlode.sql import Row

    Chooser = Callable[[random.Random], str]
    from collections.abc import Iterator

FOLDER = Path("bench")


def make_choosers(words: Sequence[str], known: Sequence[Row], per_label: int) -> dict[str, Chooser]:
    """Functions by kind of page; each returns the address of a random page of its kind."""
    names, pages = make_label_names(LABELS), max(1, per_label // PAGE_SIZE)

    def list_url(generator: random.Random, **values: object) -> str:
        return address("/patterns", label=generator.choice(names), run=generator.randint(1, RUNS), **values)

    def pattern_url(generator: random.Random) -> str:
        row = generator.choice(known)
        return address("/pattern", label=row["label"], fragment=row["fragment"], run=row["run"])

    def random_substring(generator: random.Random, most: int) -> str:
        word = generator.choice(words)
        return word[: generator.randint(1, most)]

    return {
        "labels": lambda generator: address("/", run=generator.randint(1, RUNS)),
        "patterns by rank, any page": lambda generator: list_url(generator, page=generator.randint(1, pages)),
        "patterns in any order": lambda generator: list_url(
            generator, order=generator.choice([*ORDERS]), page=generator.randint(1, min(pages, 5))
        ),
        "patterns filtered": lambda generator: list_url(generator, min_precision=0.8, maximal=True),
        "a pattern": pattern_url,
        "compare": lambda _: address("/compare", before=1, after=RUNS),
        "audit": lambda _: "/audit",
        "search": lambda generator: address("/search", q=random_substring(generator, 3)),
        "search in a label": lambda generator: list_url(generator, q=random_substring(generator, 2)),
    }


class SimulatedUser(threading.Thread):
    """A user who requests pages until the deadline; `times` are milliseconds by kind."""

    def __init__(self, base_url: str, number: int, kinds: dict[str, Chooser], pause: float, deadline: float) -> None:
        super().__init__()
        self.times: dict[str, list[float]] = {kind: [] for kind in kinds}
        self.failed: str | None = "the thread did not finish"
        self._base_url, self._kinds, self._pause, self._deadline = base_url, kinds, pause, deadline
        self._random = random.Random(number)

    def run(self) -> None:
        """Request pages until the deadline."""
        connection = HTTPConnection(urlsplit(self._base_url).netloc, timeout=120)
        while time.monotonic() < self._deadline:
            time.sleep(self._random.expovariate(1 / self._pause) if self._pause else 0.0)
            kind = self._random.choice([*self._kinds])
            began = time.perf_counter()
            connection.request("GET", self._kinds[kind](self._random))
            response = connection.getresponse()
            response.read()
            self.times[kind].append(1000 * (time.perf_counter() - began))
            if response.status != 200:
                self.failed = f"{kind}: status {response.status}"
                return
        self.failed = None


def measure(
    base_url: str, kinds: dict[str, Chooser], people: int, pause: float, seconds: float
) -> dict[str, list[float]]:
    """Milliseconds of all requests by kind."""
    deadline = time.monotonic() + seconds
    users = [SimulatedUser(base_url, number, kinds, pause, deadline) for number in range(people)]
    for user in users:
        user.start()
    for user in users:
        user.join()
        if user.failed:
            raise SystemExit(user.failed)
    return {kind: [each for user in users for each in user.times[kind]] for kind in kinds}


class RunningExplorer(NamedTuple):
    """Address of an explorer, and its token for writing."""

    address: str
    token: str


@contextmanager
def run_explorer(store: str, job: Path | None = None) -> Iterator[RunningExplorer]:
    """Run `camlode serve` on a store in its own process while the context is open."""
    command = [sys.executable, "-m", "camlode.pipeline.cli", "serve", store, "--port", "0"]
    command += [] if job is None else ["--job", str(job)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield _read_greeting(process)
        finally:
            process.terminate()


def _read_greeting(process: subprocess.Popen[str]) -> RunningExplorer:
    lines = []
    for line in process.stderr or ():
        lines.append(line)
        if "/sign-in?token=" in line:
            address, token = line.split("sign in: ")[1].split("/sign-in?token=")
            return RunningExplorer(address, token.strip())
    raise SystemExit("".join(lines))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patterns", type=int, default=1_000_000)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--pause", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--databases", nargs="+", default=[*DATABASES], choices=[*DATABASES])
    arguments = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    print(
        f"\n{arguments.people} simultaneous users, {arguments.patterns:,} patterns, pauses of {arguments.pause:g} s\n"
    )
    print("| database | page | requests | median, ms | 95th percentile, ms | required |\n|---|---|---:|---:|---:|---:|")
    for database in arguments.databases:
        with DATABASES[database](FOLDER) as store_address:
            store = PatternStore(store_address, create=True)
            words = fill(store, arguments.patterns)
            known = store.rows("patterns", top=20)
            kinds = make_choosers(words, known, arguments.patterns // LABELS // RUNS)
            with run_explorer(store_address) as explorer:
                for kind in kinds:  # once, alone: the first request loads what later ones find in the cache
                    measure(explorer.address, {kind: kinds[kind]}, 1, 0.0, 0.1)
                times = measure(explorer.address, kinds, arguments.people, arguments.pause, arguments.seconds)
        for kind, found in times.items():
            wanted = 150 if kind.startswith("search") else 200
            high, middle = np.percentile(found, 95), statistics.median(found)
            print(f"| {database} | {kind} | {len(found)} | {middle:,.0f} | {high:,.0f} | {wanted} |", flush=True)


if __name__ == "__main__":
    main()
