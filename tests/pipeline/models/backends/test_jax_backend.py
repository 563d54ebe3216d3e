"""The JAX backend's parts, in one process; attribution/test_two_backends.py compares it with TensorFlow's."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

_START = """
from camlode.pipeline.models.runtime import start_backend
start_backend("jax", threads=1)
import sys
import jax, jax.numpy as jnp, keras, numpy as np
from camlode.pipeline.models.backends.protocol import current_backend
from camlode.pipeline.models.keras_classifier import wrap_keras_model
backend = current_backend()
"""
_SCRIPTS = {
    # y = (x₁ x₂)² with x₂ = x₁ = 2: the gradient of x₁ runs through x₂ too, 4 x³ = 32; that of x₂ is 2 x₁² x₂ = 16.
    "vjp": """
def run(replace):
    first = replace(0, jnp.full((1,), 2.0))
    second = replace(1, first)
    return (first * second) ** 2, first * 10
vjp = backend.vjp(run)
print(*vjp.result, *vjp.aux, *(float(value[0]) for value in vjp.pullback(jnp.ones(1))))
""",
    "map_each": """
print(*(each.tolist() for each in backend.map_each(lambda x: [x + 1, x * 2], jnp.arange(3.0), outputs=2)))
""",
    "logits": """
x = jnp.array([[0.0, 2.0]])
with backend.tracing():
    soft, sigma = keras.ops.softmax(x), keras.layers.Activation("sigmoid")(x)
    cast, double = keras.ops.cast(soft, "float16"), soft * 2
after = keras.ops.softmax(x)
found = [backend.find_logits(each) for each in (soft, sigma, cast, double, after)]
print(*(f"{name}:{logits is x}" for logits, name in found))
""",
    "dependence": """
i = keras.Input((5,), dtype="int32")
e = keras.layers.Embedding(9, 4, mask_zero=True, name="e")(i)
r = keras.layers.LSTM(3, return_sequences=True, name="r")(e)
a, b = keras.layers.Conv1D(2, 2, name="a")(r), keras.layers.Conv1D(2, 2, name="b")(e)
# A comparison gives booleans, through which nothing of b gets.
o = keras.layers.GlobalMaxPooling1D(name="o")(a * keras.ops.cast(b > 0, "float32"))
classifier = wrap_keras_model(keras.Model(i, o))
run = backend.trace_run(classifier.model, lambda: classifier.run(classifier.sample(5)))
names = [call.layer.name for call in run.calls]
numbers = [names.index(name) for name in "erab"]
print(*run.depends_on(run.output, numbers), *run.depends_on(run.calls[numbers[3]].original_output, numbers))
""",
    "compile": """
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False)])
traced = []
def function(x, *, ranks):
    traced.append(x.shape)
    return model(x) * ranks, x
x = np.ones((1, 2), "f")
call = backend.compile(function, wrap_keras_model(keras.Model(model.inputs, model.outputs)), [], [x], ranks=1)
model.set_weights([np.array([[1.0], [2.0]])])
first = call(x, ranks=2)[0].item()
model.set_weights([np.array([[1.0], [4.0]])])
answer = call(x, ranks=2)
print(first, answer[0].item(), len(traced), type(answer[1]).__name__)
""",
    "precision": """
from camlode.pipeline.models.precision import with_precision
i = keras.Input((6,), dtype="int32")
r = keras.layers.Bidirectional(keras.layers.LSTM(3, return_sequences=True))(keras.layers.Embedding(9, 4)(i))
c = keras.layers.Conv1D(2, 2, name="c")(keras.layers.Attention()([r, r]))
o = keras.layers.Dense(2, activation="softmax")(keras.layers.GlobalMaxPooling1D()(c))
plain = wrap_keras_model(keras.Model(i, o))
few = with_precision(plain, "bfloat16", tokens=6)
ids = np.arange(12, dtype="int32").reshape(2, 6) % 9
run = backend.trace_run(few.model, lambda: few.run([ids]))
made = [call.original_output for call in run.calls if call.layer.name == "c"][0]
with backend.tracing():
    answer = few.run([ids])
zeros = backend.vjp(lambda replace: (replace(0, jnp.ones((1, 3, 2), "bfloat16")) * 2, None))
sums = zeros.pullback_sums(jnp.ones((1, 3, 2), "bfloat16"))[0]
off = np.abs(np.asarray(answer) - np.asarray(plain.run([ids]))).max()
kept = plain.model.get_layer("c").compute_dtype
print(made.dtype, answer.dtype, kept, sums.dtype, zeros.values[0].dtype, 0 < off < 0.02,
      {str(each.dtype) for each in few.model.weights} == {"float32"})
""",
    "lrp": """
try:
    backend.propagate_relevances(lambda replace: None, None, epsilon=0.1)
except Exception as error:
    print(type(error).__name__, error)
""",
}
_EXPECTED = {
    "vjp": "16.0 20.0 32.0 16.0",
    "map_each": "[1.0, 2.0, 3.0] [0.0, 2.0, 4.0]",
    "logits": "softmax:True sigmoid:True softmax:True linear:False linear:False",
    "dependence": "True True True False True False False False",
    "compile": "6.0 10.0 2 ndarray",
    "precision": "bfloat16 float32 float32 float32 bfloat16 True True",
    "lrp": "ModelError lrp needs model.backend: tensorflow; with jax, choose another attribution.method",
}


@pytest.fixture(scope="module")
def outputs() -> dict[str, str]:
    """What each script prints."""
    script = _START + "".join(f"print({name!r}, end='=')\n{each}" for name, each in _SCRIPTS.items())
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


@pytest.mark.parametrize("name", _SCRIPTS)
def test_a_part_of_the_backend(outputs: dict[str, str], name: str) -> None:
    assert outputs[name] == _EXPECTED[name]
