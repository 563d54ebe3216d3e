"""Probe of a backend in a separate process: `python -m camlode.pipeline.models.probe tensorflow` prints JSON.

A backend takes seconds and much memory to start, may crash, and can't be replaced by another in the same process.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Literal

from camlode.config.errors import CamlodeError

if TYPE_CHECKING:
    from typing import Any


def probe_backend(backend: Literal["tensorflow", "jax"]) -> dict[str, Any]:
    """Versions of the backend and Keras, and the GPUs that the backend sees; or only "error", why it can't be used."""
    from camlode.pipeline.models.runtime import list_gpus, start_backend

    try:
        module = start_backend(backend)
    except CamlodeError as error:
        return {"error": str(error)}
    import keras

    return {"version": module.__version__, "keras": keras.__version__, "gpus": list_gpus(backend)}


if __name__ == "__main__":
    print(json.dumps(probe_backend("jax" if sys.argv[1:] == ["jax"] else "tensorflow")))
