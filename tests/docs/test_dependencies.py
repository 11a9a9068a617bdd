"""What we depend on is written down with its reason."""

import json
import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def asked_for() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    python = chain(project["dependencies"], *project["optional-dependencies"].values())
    packages = json.loads((ROOT / "package.json").read_text("utf-8"))
    names = [re.split(r"[\[<>=]", line)[0] for line in python]
    return [*names, *packages["dependencies"], *packages["devDependencies"]]


@pytest.mark.parametrize("name", asked_for())
def test_dependency_has_a_line_with_its_reason(name: str) -> None:
    rows = [line.split("|") for line in (ROOT / "docs/dependencies.md").read_text("utf-8").splitlines()]
    assert [row for row in rows if len(row) == 5 and name in row[1].strip().split(", ") and row[2].strip()]


@pytest.mark.parametrize("name", ["serve", "dev", "tools"])
def test_lock_file_has_hashes_and_no_host(name: str) -> None:
    text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
    pins = re.findall(r"^[\w.-]+==", text, re.MULTILINE)
    assert pins
    assert len(re.findall(r"^[\w.-]+==.*\\\n {4}--hash=sha256:", text, re.MULTILINE)) == len(pins)
    assert "://" not in text
    assert "--index-url" not in text


@pytest.mark.parametrize("kind", ["serve", "dev"])
def test_lock_file_holds_what_was_asked_for(kind: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["embedded"], *(extras["dev"] if kind == "dev" else [])]
    text = (ROOT / f"requirements/{kind}.txt").read_text("utf-8")
    for name in (re.split(r"[\[<>=]", line)[0].lower() for line in wanted):
        assert re.search(rf"^{re.escape(name)}==", text, re.MULTILINE), name
