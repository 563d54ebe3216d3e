"""Loads a Keras model from a file that may come from anywhere."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

ENDINGS = (".keras", ".h5", ".hdf5")


def load_keras_model(path: str, *, custom_objects: Sequence[str] = (), folder: Path | None = None) -> keras.Model:
    """The model of a `.keras` or `.h5` file, loaded in Keras's safe mode.

    `custom_objects`: "package.module:Class" of each layer that is the user's own code, looked for in `folder` as
    well as among what is installed. Raises ModelError.
    """
    if not Path(path).is_file():
        raise ModelError(f"{path}: no such model file; set model.path to a .keras or .h5 file")
    if Path(path).suffix not in ENDINGS:
        raise ModelError(f"{path}: expected a file that ends in {', '.join(ENDINGS)}")
    classes = {name.rpartition(":")[2]: _import_class(name, folder) for name in custom_objects}
    keras_module: Any = import_module("keras")
    try:
        model = keras_module.models.load_model(path, custom_objects=classes, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever its layers raise; the user needs its first line.
        raise ModelError(_explained(path, error)) from error
    if not isinstance(model, keras_module.Model):
        raise ModelError(f"{path}: expected a Keras model, the file holds a {type(model).__name__}")
    return model


def _import_class(name: str, folder: Path | None) -> Any:
    module, _, attribute = name.partition(":")
    if folder is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))
    try:
        return getattr(import_module(module), attribute)
    except ImportError as error:
        raise ModelError(f"model.custom_objects: cannot import {module!r} for {name!r}: {error}") from error
    except AttributeError:
        raise ModelError(f"model.custom_objects: module {module!r} has no class {attribute!r}") from None


def _explained(path: str, error: Exception) -> str:
    text = " ".join(str(error).split())
    if "safe_mode" in text or "Lambda" in text:
        return (
            f"{path}: the model holds code of its own (a Lambda layer), which is not run from a file; "
            "write it as a layer class and name that in model.custom_objects"
        )
    if "Could not locate" in text or "Unknown layer" in text or "custom_objects" in text:
        return (
            f"{path}: the model uses a class that is not Keras's own: {text[:300]}; "
            "add it to model.custom_objects as 'package.module:Class'"
        )
    return f"{path}: the model cannot be loaded: {type(error).__name__}: {text[:300]}"
