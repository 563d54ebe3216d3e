from __future__ import annotations

import importlib.util
import pickle
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camlode.pipeline.fragments.casefold import case_fold_table
from camlode.pipeline.fragments.characters import EXTENDING, LETTER, classify_characters
from camlode.rules.exports import labelling, labelling_module
from camlode.rules.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS = [
    "",
    "THE electric Car isn't a party; the art's (art) and Größe GRÖßE",
    "苹果手机 iPhone手机, 3G 13 用3g",
    "ΣΟΦΟΣ σοφος ß SS İ i",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE} cafe\N{COMBINING ACUTE ACCENT} हिन्दी कित 👩‍💻👩🏽",
    "\ud83d \ufffd",
]
FRAGMENTS = [
    "the",
    "electric car",
    "art",
    "größe",
    "手机",
    "果手",
    "3G",
    "3",
    "σοφος",
    "ß",
    "cafe",
    "हिन्दी",
    "कि",
    "👩",
    "\ufffd",
]


@pytest.fixture
def import_module(tmp_path: Path) -> Iterator[Any]:
    """Imports an exported module."""

    def run(patterns: Any) -> Any:
        path = tmp_path / "exported_labelling.py"
        path.write_text("".join(labelling_module.lines(patterns)), encoding="utf-8")
        spec = importlib.util.spec_from_file_location("exported_labelling", path)
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules["exported_labelling"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    yield run
    sys.modules.pop("exported_labelling", None)


@pytest.mark.parametrize("options", [{}, {"fold": False}, {"boundaries": False}])
def test_the_module_finds_what_the_matcher_finds(
    make_patterns: Any, find_matches: Any, import_module: Any, options: dict[str, bool]
) -> None:
    patterns = make_patterns({"a": FRAGMENTS[::2], "b": FRAGMENTS[1::2]}, **options)
    functions = import_module(patterns).labelling_functions
    found = {
        (number, function.name, start, end)
        for number, text in enumerate(TEXTS)
        for function in functions
        for start, end in function.find_occurrences(text)
    }
    assert found == find_matches(patterns, TEXTS, **options)
    assert len(found) > 10


def test_a_function_answers_its_label_or_abstains(make_patterns: Any, import_module: Any) -> None:
    module = import_module(make_patterns({"food": ["apple"], "tech": ["phone", "apple phone"]}, label=None))
    assert (module.ABSTAIN, module.FOOD, module.TECH, module.LABELS) == (-1, 0, 1, ("food", "tech"))
    apple, phone, both = module.labelling_functions
    assert [apple("An APPLE"), phone("An APPLE"), both("apple phone")] == [module.FOOD, module.ABSTAIN, module.TECH]
    assert phone(SimpleNamespace(text="my phone")) == module.TECH
    assert [function.__name__ for function in module.labelling_functions] == ["1/food/1", "1/tech/1", "1/tech/2"]
    assert repr(both) == "<labelling function 1/tech/2: 'apple phone'>"


def test_of_one_label_the_numbers_stay_the_models(make_patterns: Any, import_module: Any) -> None:
    module = import_module(make_patterns({"food": ["apple"], "tech": ["phone"]}, label="tech"))
    assert [function("phone") for function in module.labelling_functions] == [1]


def test_functions_can_be_sent_to_another_process(make_patterns: Any, import_module: Any) -> None:
    (function,) = import_module(make_patterns({"food": ["apple"]})).labelling_functions
    assert pickle.loads(pickle.dumps(function))("Apple") == 0


def test_the_module_needs_nothing_but_python(make_patterns: Any, tmp_path: Path) -> None:
    path = tmp_path / "functions.py"
    ending = ["\nimport sys\n", "print(labelling_functions[0]('Apple'), 'numpy' in sys.modules)\n"]
    path.write_text("".join([*labelling_module.lines(make_patterns({"food": ["apple"]})), *ending]), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", "-S", path], capture_output=True, text=True, check=True)
    assert done.stdout == "0 False\n"


HOSTILE = ['"""', "'''\n", "\\", "\\'", "{x}", "'); print('hi'); ('", "\u202e\u2028\x00\x1b", "# \r", "\N{PILE OF POO}"]


def test_no_text_is_anything_but_a_text(
    make_patterns: Any, import_module: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    module = import_module(make_patterns({text: [text, f"{text} x"] for text in HOSTILE}))
    assert list(module.LABELS) == HOSTILE
    assert [fragment for _, _, fragment in module.PATTERNS] == [
        each for text in HOSTILE for each in (text, f"{text} x")
    ]
    assert [function(function.fragment) for function in module.labelling_functions] == [
        number for number in range(len(HOSTILE)) for _ in range(2)
    ]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["food", "rec.autos", "财经", "Größe"], ["FOOD", "REC_AUTOS", "财经", "GRÖSSE"]),
        (["rec autos", "rec.autos", "REC-AUTOS"], ["REC_AUTOS", "LABEL_1", "LABEL_2"]),
        (["abstain", "labels", "patterns", "type_checking"], ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"]),
        (["3d", "", "_x", "label 0", "none"], ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3", "NONE"]),
        (["ﬁnance", "finance", "𝑐𝑎𝑐ℎ𝑒"], ["FINANCE", "LABEL_1", "CACHE"]),
    ],
)
def test_each_label_has_a_name(labels: list[str], names: list[str]) -> None:
    assert labelling_module.constant_names(labels) == names


# All planes that have letters, marks or tags.
CODES = [*range(0x20000), *range(0xE0000, 0xE0200)]


@pytest.mark.parametrize("fold", [False, True])
def test_characters_are_read_as_the_matcher_reads_them(fold: bool) -> None:
    reading = labelling._CharacterMap(fold)
    assert [reading[code] for code in CODES] == case_fold_table(fold=fold)[CODES].tolist()


def test_characters_are_of_the_same_kinds() -> None:
    kinds = classify_characters(np.array(CODES, np.uint32))
    extending = [labelling._extends.__wrapped__(chr(code)) for code in CODES]
    letters = [labelling._is_letter.__wrapped__(chr(code)) for code in CODES]
    assert extending == (kinds == EXTENDING).tolist()
    assert letters == (kinds == LETTER).tolist()


CHARACTERS = st.text(alphabet="aAbßé图手 .\N{COMBINING ACUTE ACCENT}\N{ZERO WIDTH JOINER}😀", max_size=8)


@settings(deadline=None)
@given(CHARACTERS.filter(bool), CHARACTERS, st.booleans(), st.booleans())
def test_it_finds_in_any_text_what_the_matcher_finds(fragment: str, text: str, fold: bool, boundaries: bool) -> None:
    function = labelling.LabellingFunction("1/a/1", 0, fragment, fold, boundaries)
    found = Matcher([fragment], fold=fold, boundaries=boundaries).find_occurrences([text])
    assert list(function.find_occurrences(text)) == list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
