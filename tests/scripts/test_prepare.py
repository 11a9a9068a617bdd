"""`make` prepares a checkout once, and again only where an input's content changed."""

from pathlib import Path

import pytest

from scripts import prepare


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a checkout of a few files and let the script work on it."""
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    monkeypatch.setattr(prepare, "MODULES", tmp_path / "node_modules")
    monkeypatch.setattr(prepare, "DIST", tmp_path / "web/static/dist")
    for name, text in {
        "package.json": '{"scripts": {"build": "node build.mjs"}}',
        "package-lock.json": '{"name": "x", "lockfileVersion": 3, "packages": {"": {"name": "x"}}}',
        "web/templates/page.html": "<p>一</p>",
        "build.mjs": 'import fs from "node:fs"; fs.mkdirSync("web/static/dist", {recursive: true});'
        ' fs.appendFileSync("web/static/dist/builds", "x");',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def builds(checkout: Path) -> int:
    return len((checkout / "web/static/dist/builds").read_text("ascii"))


def test_front_end_is_built_once_and_again_after_a_change(checkout: Path) -> None:
    prepare.front_end()
    prepare.front_end()
    assert builds(checkout) == 1
    page = checkout / "web/templates/page.html"
    page.touch()
    prepare.front_end()
    assert builds(checkout) == 1
    page.write_text("<p>二</p>", "utf-8")
    prepare.front_end()
    assert builds(checkout) == 2


def test_failed_build_is_not_remembered(checkout: Path) -> None:
    (checkout / "build.mjs").write_text("process.exit(1)", "ascii")
    with pytest.raises(SystemExit, match="npm run build"):
        prepare.front_end()
    assert not (checkout / "web/static/dist/.made").exists()


def test_npm_packages_are_installed_once(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare.node_modules()
    prepare.node_modules()
    assert capsys.readouterr().out.count("npm packages") == 1
    assert (checkout / "node_modules/.made").exists()


@pytest.mark.parametrize(
    ("version", "fine"), [("v20.1.0", True), ("v24.0.0", True), ("v18.20.0", False), ("", False)]
)
def test_old_or_missing_node_is_named(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, version: str, *, fine: bool
) -> None:
    programs = checkout / "bin"
    programs.mkdir()
    for name in ("node", "npm") if version else ():
        (programs / name).write_text(f"#!/bin/sh\necho {version}\n", "ascii")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    if fine:
        prepare.check_node()
        return
    with pytest.raises(SystemExit, match="Node 20"):
        prepare.check_node()


def test_environment_depends_on_lock_file_and_package_alone(checkout: Path) -> None:
    original = Path(__file__).parents[2]
    described = (original / "pyproject.toml").read_text("utf-8")
    (checkout / "requirements").mkdir()
    (checkout / "requirements/serve.txt").write_text("a==1", "ascii")
    (checkout / "pyproject.toml").write_text(described, "utf-8")
    before = prepare.environment_digest("serve")
    (checkout / "pyproject.toml").write_text(described + "\n[tool.other]\nx = 1\n", "utf-8")
    assert prepare.environment_digest("serve") == before
    (checkout / "requirements/serve.txt").write_text("a==2", "ascii")
    assert prepare.environment_digest("serve") != before


def test_development_environment_serves_too(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "VENV", checkout / ".venv")
    monkeypatch.setattr(prepare, "environment_digest", lambda kind: f"digest of {kind}")
    (checkout / ".venv").mkdir()
    (checkout / ".venv/.dev").write_text("digest of dev", "ascii")
    prepare.environment("serve")  # would fail on the missing uv otherwise
    assert not (checkout / ".venv-tools").exists()
