"""Every text that a person may read has English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.nodes import Call, Const, Name

from web.texts import Texts

ROOT = Path(__file__).parents[3]
_MARKS = {"_", "_n", "mark"}


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    text = file.read_text(encoding="utf-8")
    found = _in_template(text) if file.suffix == ".html" else _in_python(text)
    return ((str(file.relative_to(ROOT)), one) for one in found)


def _in_template(text: str) -> Iterator[str]:
    for call in Environment(autoescape=True).parse(text).find_all(Call):
        first = call.args[0] if call.args else None
        if isinstance(call.node, Name) and call.node.name in _MARKS and isinstance(first, Const):
            yield first.value


def _in_python(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in _MARKS
            and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


AREAS = [
    "web/components",
    "web/templates",
    "web/pages",
    "web/forms",
    "web/demo",
    "web/*.py",
    "core",
    "plugins",
]


@pytest.mark.parametrize("area", AREAS)
def test_texts_of_an_area_all_have_english(area: str) -> None:
    texts = Texts.load()
    files = sorted({*ROOT.glob(area), *ROOT.glob(f"{area}/**/*.py"), *ROOT.glob(f"{area}/**/*.html")})
    found = {text for file in files if file.is_file() for text in _texts(file)}
    missing = sorted(f"{file}: {text}" for file, text in found if not texts.has(text))
    assert not missing, "add to web/locale/en/<area>.po or the plugin's locale/en.po:\n" + "\n".join(missing)


# Chinese that stands in a template as it is: the switch of languages, and values that forms send.
AS_IT_IS = {"中", "切换到中文", "中文", "是", "“”"}
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef“”]+")
TEMPLATES = sorted(
    {
        *ROOT.glob("web/templates/**/*.html"),
        *ROOT.glob("web/components/**/*.html"),
        *ROOT.glob("plugins/*/templates/**/*.html"),
    }
    - {ROOT / "web/templates/gallery.html"}
)


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_template_says_nothing_in_chinese_alone_not_even_a_comma(file: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"""\b_n?\(\s*"[^"]*\"""", "", text)
    assert {found.strip() for found in CHINESE.findall(text)} - AS_IT_IS == set()


def test_a_text_without_english_is_shown_in_chinese() -> None:
    assert Texts({}).get("en", "没有") == "没有"


def test_a_count_takes_the_plural_that_english_needs() -> None:
    texts = Texts({"%(n)s 件": ("%(n)s item", "%(n)s items")})
    assert [texts.count("en", "%(n)s 件", n) for n in (0, 1, 2)] == [
        "%(n)s items",
        "%(n)s item",
        "%(n)s items",
    ]
