from __future__ import annotations

import inspect
import re
import subprocess
import sys
from importlib import import_module

import pytest

from camlode.pipeline import stages

LISTED = re.findall(r"^    (\w+) +(\w+)\((.*?)\)\s+-> ([^\n]+)$", stages.__doc__ or "", re.MULTILINE | re.DOTALL)


def test_all_stages_are_listed_in_the_order_of_the_data() -> None:
    order = "plan read encode attribute extract reduce match statistics publish"
    assert [stage for stage, *_ in LISTED] == order.split()


@pytest.mark.parametrize(("stage", "name", "parameters", "result"), LISTED)
def test_the_list_has_the_signature_of_each_stage(stage: str, name: str, parameters: str, result: str) -> None:
    signature = inspect.signature(getattr(import_module(f"camlode.pipeline.stages.{stage}"), name))
    assert [each for each in parameters.replace("\n", " ").split() if each != "*,"] == [
        f"{each}," for each in [*signature.parameters][:-1]
    ] + [[*signature.parameters][-1]]
    assert signature.return_annotation == result


def test_reading_and_encoding_load_neither_the_matcher_nor_the_store() -> None:
    modules = "camlode.pipeline.stages.read, camlode.pipeline.stages.encode, camlode.pipeline.stages.attribute"
    heavy = "{'ahocorasick_rs', 'sqlalchemy', 'ray', 'tensorflow', 'keras'}"
    code = f"import sys, {modules}; print({heavy} & {{*sys.modules}})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
