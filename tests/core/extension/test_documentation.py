"""docs/plugins.md says what there is: one section a hook, and examples that stand in the sample plugin."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from core.extension.manager import SPECS, contribution_types
from web.extension import PLACES

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n# (\S+)\n(.*?)```", DOCS, re.DOTALL)


@pytest.fixture(autouse=True)
def admin() -> None:
    """Need no database."""


def test_every_hook_has_its_section_and_every_section_its_hook() -> None:
    hooks = list(contribution_types(import_module(name) for name in SPECS))
    assert re.findall(r"^### `(\w+)`$", DOCS, re.MULTILINE) == hooks


def test_every_contract_is_named_in_its_section() -> None:
    for name, kind in contribution_types(import_module(name) for name in SPECS).items():
        section = DOCS.split(f"### `{name}`\n")[1].split("\n#")[0]
        assert kind.__name__ in section, name


@pytest.mark.parametrize(("file", "code"), EXAMPLES)
def test_example_stands_in_the_sample_plugin(file: str, code: str) -> None:
    assert code in (ROOT / "tests" / "sample_plugin" / file).read_text(encoding="utf-8")


def test_all_examples_are_checked() -> None:
    assert len(EXAMPLES) == DOCS.count("```python")


def test_entry_point_is_the_one_that_works() -> None:
    written = re.search(r"entry-points\.xiangzhi\]\n(\w+) = \"([\w.]+)\"", DOCS)
    assert written is not None
    folder = ROOT / "tests" / "sample_plugin" / "xiangzhi_sample-1.0.0.dist-info"
    assert f"{written[1]} = {written[2]}" in (folder / "entry_points.txt").read_text()


def test_places_of_slots_are_named() -> None:
    section = DOCS.split("### `slots`\n")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+)` \(knows", section)) == set(PLACES)
