"""Faulty clusters for a driver in its own process; the environment variable ORDERS is the test's folder of orders."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import ray

from camlode.workers.cluster import without_agents

if TYPE_CHECKING:
    from collections.abc import Callable

UNREADABLE = "果果果果"
"""A text for which the tokenizer raises an error."""

LEAST_OBJECT_STORE = 80 * 1024**2
BALLAST_BYTES = 72 * 1024**2
PATIENCE_SECONDS = 60

_pinned: list[Any] = []


def raising_tokenizer() -> None:
    _join_cluster(_break_tokenizer)


def small_object_store() -> None:
    spilled = Path(os.environ["ORDERS"], "spilled")
    spilled.mkdir()
    with without_agents():
        ray.init(
            "local",
            num_cpus=4,
            object_store_memory=LEAST_OBJECT_STORE,
            object_spilling_directory=str(spilled),
            include_dashboard=False,
            log_to_driver=False,
        )
    # Ray refuses a smaller store. An object that a process has mapped cannot be spilled: this one leaves 8 MB.
    _pinned.append(ray.get(ray.put(np.zeros(BALLAST_BYTES, np.uint8))))


def workers_of_a_node_killed() -> None:
    _run_on_two_nodes(lambda _, node: _kill_workers(node))


def node_removed() -> None:
    _run_on_two_nodes(lambda cluster, node: cluster.remove_node(node, allow_graceful=False))


def _join_cluster(hook: Callable[[], None]) -> None:
    address = os.environ["RAY_ADDRESS"]
    ray.init(address, runtime_env={"worker_process_setup_hook": hook}, log_to_driver=False)


def _break_tokenizer() -> None:
    from camlode.pipeline.tokenizers.char import CharTokenizer

    encode = CharTokenizer.encode

    def encode_or_raise(tokenizer: Any, texts: Any) -> Any:
        if UNREADABLE in texts:
            raise ValueError(f"no tokens for {UNREADABLE}")
        return encode(tokenizer, texts)

    CharTokenizer.encode = encode_or_raise  # type: ignore[method-assign]


def _run_on_two_nodes(fault: Callable[[Any, Any], None]) -> None:
    """Join a cluster of two nodes, and inject `fault` into the second one when shards are in flight on both."""
    from ray.cluster_utils import Cluster

    # A dead node is noticed after a second instead of fifteen.
    soon = {"health_check_initial_delay_ms": 500, "health_check_period_ms": 300, "health_check_failure_threshold": 3}
    with without_agents():
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "_system_config": soon})
        second = cluster.add_node(num_cpus=1)
    ray.init(cluster.address, log_to_driver=False)
    orders = Path(os.environ["ORDERS"])

    def inject_fault() -> None:
        try:
            _wait_until(lambda: _find_processes(orders, second.node_id))
            held = _find_processes(orders, second.node_id)
            fault(cluster, second)
            _wait_until(lambda: not any(Path(f"/proc/{process}").exists() for process in held))
            (orders / "struck").touch()
        finally:
            for order in orders.glob("wait.*"):
                order.unlink()

    threading.Thread(target=inject_fault, daemon=True).start()


def _wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the condition did not become true")
        time.sleep(0.02)


def _find_processes(orders: Path, node: str) -> list[str]:
    """List the processes of a node that have started a shard."""
    log = orders / "attributed.log"
    lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
    return [process for _, process, where in lines if where == node]


def _kill_workers(node: Any) -> None:
    (raylet,) = node.all_processes["raylet"]
    for child in _children(raylet.process.pid):
        if "ray::" in Path(f"/proc/{child}/cmdline").read_text():
            os.kill(child, signal.SIGKILL)


def _children(process: int) -> list[int]:
    threads = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]
