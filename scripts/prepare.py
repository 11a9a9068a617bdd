"""Prepare a checkout for `make`: the locked Python environment and the front-end, where something changed.

    python3 scripts/prepare.py serve|dev

Runs on the bare Python of the machine, 3.11 or newer. What was done is remembered by the content of its
inputs, so a touched file costs nothing. Two calls at once wait for each other.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv-tools"
VENV = ROOT / ".venv"
MODULES = ROOT / "node_modules"
DIST = ROOT / "web/static/dist"
NODE_AT_LEAST = 20

# The styles keep only the classes that some page names, so templates and Python are inputs of the build too.
SOURCES = ("web", "plugins", "docs/front-end.md", "tests/thirdparty")
SOURCE_ENDINGS = {".html", ".js", ".mjs", ".json", ".scss", ".css", ".py", ".svg", ".png", ".md"}


def main() -> None:
    """Prepare for serving, or for development and tests ("dev")."""
    kind = sys.argv[1]
    with alone():
        environment(kind)
        node_modules()
        front_end()


def environment(kind: str) -> None:
    """Make `.venv` hold exactly the locked packages and our own, editable; "dev" includes "serve"."""
    if kind == "serve" and remembered(VENV / ".dev") == environment_digest("dev"):
        return
    digest = environment_digest(kind)
    if remembered(VENV / f".{kind}") == digest:
        return
    uv = installer()
    with stage(f"Python packages ({kind})"):
        if not (VENV / "bin/python").exists():
            run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV)
        for stamp in (VENV / ".serve", VENV / ".dev"):
            stamp.unlink(missing_ok=True)
        python = ("--quiet", "--python", VENV / "bin/python")
        run(uv, "pip", "sync", *python, "--require-hashes", ROOT / f"requirements/{kind}.txt")
        run(uv, "pip", "install", *python, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    (VENV / f".{kind}").write_text(digest, "ascii")


def installer() -> Path:
    """Give the locked uv, in an environment of its own."""
    uv, lock, stamp = TOOLS / "bin/uv", ROOT / "requirements/tools.txt", TOOLS / ".made"
    digest = digest_of([lock])
    if remembered(stamp) != digest or not uv.exists():
        with stage("uv"):
            run(sys.executable, "-m", "venv", "--clear", TOOLS)
            run(TOOLS / "bin/pip", "install", "--quiet", "--require-hashes", "--requirement", lock)
            stamp.write_text(digest, "ascii")
    return uv


def node_modules() -> None:
    """Install the locked packages of npm; their install scripts are not run."""
    digest = digest_of([ROOT / "package.json", ROOT / "package-lock.json"])
    if remembered(MODULES / ".made") == digest:
        return
    check_node()
    with stage("npm packages"):
        run("npm", "ci", "--ignore-scripts", "--loglevel=error")
        MODULES.mkdir(exist_ok=True)
        (MODULES / ".made").write_text(digest, "ascii")


def front_end() -> None:
    """Build styles, scripts and icons."""
    digest = digest_of([ROOT / "package-lock.json", *sources()])
    if remembered(DIST / ".made") == digest:
        return
    check_node()
    with stage("front-end"):
        run("npm", "run", "build", "--silent")
        (DIST / ".made").write_text(digest, "ascii")


def sources() -> Iterator[Path]:
    """List what the front-end's build reads, without what it writes."""
    for name in SOURCES:
        place = ROOT / name
        found = [place] if place.is_file() else place.rglob("*")
        for path in found:
            if path.suffix in SOURCE_ENDINGS and DIST not in path.parents and path.is_file():
                yield path


def environment_digest(kind: str) -> str:
    """Sum up what decides the environment: the lock file and how our own package is described."""
    described = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    ours = repr([described["build-system"], described["project"], described["tool"]["setuptools"]])
    lock = (ROOT / f"requirements/{kind}.txt").read_bytes()
    return hashlib.sha256(lock + ours.encode() + sys.version.encode()).hexdigest()


def digest_of(paths: Iterable[Path]) -> str:
    """Sum up files by name and content."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def remembered(stamp: Path) -> str:
    """Give what an earlier run wrote, or nothing."""
    return stamp.read_text("ascii") if stamp.exists() else ""


def check_node() -> None:
    """Stop with a clear message where Node is missing or too old."""
    node = shutil.which("node")
    version = (
        subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if node
        else ""
    )
    found = re.match(r"v(\d+)", version)
    if not found or int(found[1]) < NODE_AT_LEAST or not shutil.which("npm"):
        sys.exit(
            f"需要 Node {NODE_AT_LEAST} 或更高版本和 npm（现在是：{version.strip() or '没有'}）。\n"
            f"Node {NODE_AT_LEAST} or newer and npm are needed (found: {version.strip() or 'none'})."
        )


def run(*words: object) -> None:
    """Run a command in the checkout; its own words explain a failure."""
    command = [str(word) for word in words]
    inherited = {
        name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}
    }
    if subprocess.run(command, cwd=ROOT, env=inherited, check=False).returncode:
        sys.exit(f"没有成功 failed: {' '.join(command)}")


@contextmanager
def stage(title: str) -> Iterator[None]:
    """Print what took how long."""
    began = time.monotonic()
    yield
    print(f"  {time.monotonic() - began:6.2f} s  {title}", flush=True)


@contextmanager
def alone() -> Iterator[None]:
    """Wait for another preparation of this checkout."""
    handle = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


if __name__ == "__main__":
    main()
