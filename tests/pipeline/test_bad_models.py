"""What `camlode explain` says of a model that it can't explain: one line, and exit code 2."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_a_tensor_that_does_not_exist(save_graph: Any, camlode: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "vocabulary.txt").write_text("<PAD>\n<UNK>\na\nb\n", encoding="utf-8")
    model = {"path": save_graph().path, "labels": list("abcd"), "logits": "scors", "layers": {"conv-2/Relu:0": 2}}
    model["inputs"] = {"input_x": "ids", "keep_prob": 1.0}
    job = {"corpus": {"paths": "corpus.txt"}, "model": model, "tokenizer": {"vocabulary": "vocabulary.txt"}}
    (tmp_path / "job.yaml").write_text(json.dumps(job), encoding="utf-8")
    done = camlode("explain", tmp_path / "job.yaml", "ab")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "model.logits" in done.stderr
    assert "did you mean" in done.stderr
