"""Loading of Keras models from files that may be untrusted."""

from __future__ import annotations

import re
import sys
import zipfile
from contextlib import contextmanager
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from camlode.config.errors import ModelError
from camlode.pipeline.models.classifier import summarize_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import keras

SUFFIXES = (".keras", ".h5", ".hdf5")
NEEDS_TENSORFLOW = "a TextVectorization layer runs on TensorFlow alone; set model.backend to tensorflow"


def load_keras_model(
    path: str,
    *,
    custom_objects: Sequence[str] = (),
    folder: Path | None = None,
    option: str = "model.path",
    trust_code: bool = False,
) -> keras.Model:
    """Load the model of a `.keras` or `.h5` file in Keras's safe mode.

    `custom_objects`: "package.module:Class" of each layer of the user's own, looked up in `folder` and among the
    installed packages. `option`: where the user named the file. `trust_code`: whether code in the file itself may run,
    which safe mode forbids. Raises ModelError.
    """
    if not Path(path).is_file():
        raise ModelError(f"{path}: no such model file; set {option} to a .keras or .h5 file")
    if Path(path).suffix not in SUFFIXES:
        raise ModelError(f"{path}: expected a file that ends in {', '.join(SUFFIXES)}")
    if Path(path).suffix == ".keras" and not zipfile.is_zipfile(path):
        raise ModelError(f"{path}: the file is broken or cut off; expected what model.save writes")
    classes = {name.replace(":", ".").rpartition(".")[2]: _import_class(name, folder) for name in custom_objects}
    keras_module: Any = import_module("keras")
    try:
        with _without_tensorflow():
            model = keras_module.models.load_model(
                path, custom_objects=classes, compile=False, safe_mode=not trust_code
            )
    except Exception as error:  # Keras raises whatever its layers raise; the user needs its message.
        raise ModelError(_describe_error(path, error)) from error
    if not isinstance(model, keras_module.Model):
        raise ModelError(f"{path}: expected a Keras model, the file holds a {type(model).__name__}")
    return model


@contextmanager
def _without_tensorflow() -> Iterator[None]:
    """Keep Keras on another backend from importing TensorFlow, inside the context.

    It would do so to recognise TensorFlow's types in a file, and take seconds and a GPU's memory for it.
    """
    module: Any = import_module("keras.src.utils.module_utils").tensorflow
    before = module._available
    if import_module("keras").backend.backend() != "tensorflow":
        module._available = False
    try:
        yield
    finally:
        module._available = before


def _import_class(name: str, folder: Path | None) -> Any:
    module, _, attribute = name.partition(":")
    if folder is not None and str(folder) not in sys.path:
        sys.path.append(str(folder))
    try:
        imported = import_module(module)
    except Exception as error:  # The module is the user's own, and raises whatever it raises.
        raise ModelError(
            f"model.custom_objects: cannot import {module!r} for {name!r}: {summarize_error(error)}"
        ) from error
    try:
        return attrgetter(attribute)(imported)
    except AttributeError:
        raise ModelError(f"model.custom_objects: module {module!r} has no class {attribute!r}") from None


def _describe_error(path: str, error: Exception) -> str:
    text = str(error)
    # Keras has no classes for these errors, only messages.
    if "requires TensorFlow" in text:
        return f"{path}: {NEEDS_TENSORFLOW}"
    if missing := re.search(r"(?:Could not locate (?:class|function)|Unknown [a-z ]+:) '?([\w.>]+)", text):
        name = missing[1].rpartition(">")[2]
        return (
            f"{path}: the model uses {name!r}, which is not Keras's own; add it to model.custom_objects as "
            f"'package.module:{name}'"
        )
    if "safe_mode" in text or "Lambda" in text:
        return (
            f"{path}: the model contains code (a Lambda layer), which is not run from a file; "
            "write it as a layer class and name that in model.custom_objects, or, for a file of your own, set "
            "model.trust_code: true: such code can do whatever you can"
        )
    return f"{path}: the model cannot be loaded: {summarize_error(error)}"
