"""Models are classes of attrs, and attrs is imported when a model needs more than its attributes."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import attrs
import pytest

from textrequest_api.models import Dashboard, PatchContactRequest
from textrequest_api.types import UNSET

READ = """
import sys
from textrequest_api.models import Dashboard
one = Dashboard.from_dict({"id": 350, "name": "Front desk", "extra": 1})
assert (one.id, one.name, one.phone, one["extra"]) == (350, "Front desk", None, 1)
assert "attr" not in sys.modules, "attrs was imported to read a model"
"""
USE = {
    "repr": "assert repr(one).startswith(\"Dashboard(id=350, name='Front desk', phone=None\")",
    "equality": "assert one == Dashboard.from_dict(one.to_dict()) and one != Dashboard.from_dict({'id': 1})",
    "instance": "assert Dashboard(351, name='Desk').to_dict()['id'] == 351",
    "fields": "import attrs; assert attrs.has(Dashboard) and attrs.fields(Dashboard).id.default is attrs.NOTHING",
    "signature": "import inspect; assert [*inspect.signature(Dashboard).parameters][:2] == ['id', 'name']",
    "subclass": """
class Mine(Dashboard):
    def __init__(self, id):
        super().__init__(id, name="mine")
assert (Mine(5).name, Mine(5) == Mine(5)) == ("mine", True)""",
    "subclass of attrs": """
import attrs
@attrs.define
class Mine(Dashboard):
    label: str = "none"
assert Mine(5, label="front").to_dict()["label"] == "front" and not hasattr(Mine(5), "__dict__")""",
    "threads": """
from concurrent.futures import ThreadPoolExecutor
sys.setswitchinterval(1e-6)
with ThreadPoolExecutor(8) as pool:
    assert [made.id for made in pool.map(Dashboard, range(64))] == [*range(64)]""",
    "pickle": """
import pickle
before = pickle.dumps(one)
assert pickle.loads(before) == one == pickle.loads(pickle.dumps(one))""",
}


@pytest.mark.parametrize("use", USE)
def test_a_model_that_is_only_read_does_not_import_attrs(use: str) -> None:
    code = f"{READ}{USE[use]}\nassert 'attr' in sys.modules"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_a_model_is_a_class_of_attrs() -> None:
    one = Dashboard(350, "Front desk")
    assert attrs.asdict(one)["name"] == "Front desk"
    assert attrs.evolve(one, name="Desk") == Dashboard(350, "Desk")
    assert copy.deepcopy(one) == one == pickle.loads(pickle.dumps(one))
    assert not hasattr(one, "__dict__")
    with pytest.raises(AttributeError):
        one.unknown = 1  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    match one:
        case Dashboard(350, name):
            assert name == "Front desk"
        case _:
            pytest.fail("no match")


def test_fields_of_requests_are_omitted_by_default() -> None:
    assert attrs.fields(PatchContactRequest)[0].default is UNSET
    assert PatchContactRequest().to_dict() == {}
