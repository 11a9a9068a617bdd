"""What is built and installed elsewhere carries what the programs read beside them."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "plugins", "web", "migrations", "tenants")
NEVER_READ = {".py", ".pyc", ".scss", ".mjs", ".md"}  # programs, sources of the front end, words for developers


def test_every_kind_of_file_beside_the_programs_is_named_for_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = {pattern.removeprefix("*") for pattern in project["tool"]["setuptools"]["package-data"]["*"]}
    there = {path.suffix for package in PACKAGES for path in (ROOT / package).rglob("*.*") if path.is_file() and path.suffix}
    assert there - NEVER_READ - named == set()
    assert {".tsv", ".json", ".html", ".po"} <= there & named
