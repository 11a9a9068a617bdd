"""Every text that a person may read has English."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.nodes import Call, Const, Name

from web.texts import Texts

ROOT = Path(__file__).parents[3]
_MARKS = {"_", "_n", "mark"}


def _in_templates(folder: Path) -> Iterator[tuple[str, str]]:
    environment = Environment(autoescape=True)
    for file in sorted(folder.rglob("*.html")):
        for call in environment.parse(file.read_text(encoding="utf-8")).find_all(Call):
            first = call.args[0] if call.args else None
            if isinstance(call.node, Name) and call.node.name in _MARKS and isinstance(first, Const):
                yield str(file.relative_to(ROOT)), first.value


def _in_python(folder: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args):
                continue
            first = node.args[0]
            if node.func.id in _MARKS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield str(file.relative_to(ROOT)), first.value


@pytest.mark.parametrize("area", ["web/components", "web/templates", "web", "core", "plugins"])
def test_texts_of_an_area_all_have_english(area: str) -> None:
    texts = Texts.load()
    found = {*_in_templates(ROOT / area), *_in_python(ROOT / area)}
    missing = sorted(f"{file}: {text}" for file, text in found if not texts.has(text))
    assert not missing, "add to web/locale/en/<area>.po or the plugin's locale/en.po:\n" + "\n".join(missing)


def test_a_text_without_english_is_shown_in_chinese() -> None:
    assert Texts({}).get("en", "没有") == "没有"


def test_a_count_takes_the_plural_that_english_needs() -> None:
    texts = Texts({"%(n)s 件": ("%(n)s item", "%(n)s items")})
    assert [texts.count("en", "%(n)s 件", n) for n in (0, 1, 2)] == [
        "%(n)s items",
        "%(n)s item",
        "%(n)s items",
    ]
