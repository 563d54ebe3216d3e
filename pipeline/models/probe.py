"""Tries a backend in a process of its own: `python -m camlode.pipeline.models.probe tensorflow` prints a line of JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Literal

from camlode.config.errors import CamlodeError

if TYPE_CHECKING:
    from typing import Any


def probe_backend(backend: Literal["tensorflow", "jax"]) -> dict[str, Any]:
    """The backend's version, Keras's, and the GPUs that the backend sees; or, as "error", why it can't be used."""
    from camlode.pipeline.models.runtime import list_gpus, start_backend

    try:
        module = start_backend(backend)
    except CamlodeError as error:
        return {"error": str(error)}
    import keras

    return {"version": module.__version__, "keras": keras.__version__, "gpus": list_gpus(backend)}


if __name__ == "__main__":
    print(json.dumps(probe_backend("jax" if sys.argv[1:] == ["jax"] else "tensorflow")))
