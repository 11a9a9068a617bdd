"""No template breaks the security policy or works with scripts alone."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = sorted(
    {
        *ROOT.glob("web/templates/**/*.html"),
        *ROOT.glob("web/components/**/*.html"),
        *ROOT.glob("plugins/*/templates/**/*.html"),
    }
)

FORBIDDEN = {
    "a style attribute": r"<[^>{]*\sstyle=",
    "a style element": r"<style\b",
    "an inline handler": r"<[^>{]*\son[a-z]+=",
    "hx-on": r"hx-on|hx_on",
    "an expression of htmx": r"""["']\s*(js|javascript):""",
    "a filter in brackets": r"""hx-trigger="[^"]*\[""",
    "unescaped text": r"\|\s*safe\b|autoescape false",
    "an inline script": r"<script(?![^>]*\bsrc=)[^>]*>",
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_template_keeps_to_the_policy(file: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    broken = [what for what, pattern in FORBIDDEN.items() if re.search(pattern, text)]
    assert not broken


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_request_names_its_target_and_swap(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    tags = re.findall(r"<[a-z][^<]*?hx-(?:get|post|put|delete)=[^<]*>", text)
    calls = re.findall(r"ui\.\w+\([^{}]*?hx_(?:get|post|put|delete)=[^{}]*\)", text)
    loose = [tag for tag in tags if "hx-target" not in tag or "hx-swap" not in tag]
    loose += [call for call in calls if "hx_target" not in call or "hx_swap" not in call]
    assert not loose


def test_every_component_is_in_the_guide() -> None:
    guide = (ROOT / "docs/front-end.md").read_text(encoding="utf-8")
    macros = [
        name
        for file in sorted(ROOT.glob("web/components/*/*.html"))
        for name in re.findall(r"{% macro ([a-z]\w*)\(", file.read_text(encoding="utf-8"))
    ]
    assert not [name for name in macros if f"`{name}(" not in guide]


def test_every_component_is_in_the_gallery_or_the_shell() -> None:
    shown = "".join(file.read_text(encoding="utf-8") for file in FILES)
    macros = [
        name
        for file in sorted(ROOT.glob("web/components/*/*.html"))
        for name in re.findall(r"{% macro ([a-z]\w*)\(", file.read_text(encoding="utf-8"))
    ]
    drawn = ("ui.{}(", "{{{{ {}(", "once(ui.{}, ")
    assert not [name for name in macros if not any(form.format(name) in shown for form in drawn)]
