"""What no committed file may contain. Read from git's own list, so that work lying about in a checkout does not count."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = {".py", ".html", ".css", ".scss", ".js", ".mjs"}
BINARY = {".png"}
LOCKS = ("requirements/*.txt", "package-lock.json", ".npmrc")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONGEST_LINE = 1000  # minified code has few lines; a macro that must not write line ends stays below
SELF = Path(__file__).relative_to(ROOT).as_posix()

MACHINE_PATH = re.compile(r"(?<![\w.}*)\]/-])/(?:work|root|tmp|home|Users)/[\w.$]")
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted|npmjs\.(?:org|com)|npmmirror|registry\.[\w-]+\.(?:org|com|cn|io|net)|(?:deb|security)\.debian|archive\.ubuntu"
    r"|proxy\.golang|artifactory|nexus3?[./:]|jfrog|mirrors?\.[\w-]+\.",
    re.IGNORECASE,
)
OTHERS_CODE = re.compile(
    r"@license|@preserve|sourceMappingURL|copyright \(c\)|SPDX-License|^/\*!", re.IGNORECASE | re.MULTILINE
)
AUTHORING = re.compile(
    r"(?i:co-authored-by|as an? (?:ai|assistant)\b|language model|sub-?agent|chat ?bot|context window)"
    r"|\bTODO\b|\bFIXME\b|\bXXX\b"
)


@cache
def committed() -> tuple[str, ...]:
    """Name every file that git keeps and that is still there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)  # noqa: S607
    if listed.returncode:
        pytest.skip("not a checkout of git")
    names = listed.stdout.decode().split("\0")
    return tuple(name for name in names if name and (ROOT / name).is_file())


def texts(*endings: str) -> Iterator[tuple[str, str]]:
    """Give name and text of the committed files, or of those with these endings."""
    for name in committed():
        path = ROOT / name
        if path.suffix not in BINARY and name != SELF and (not endings or path.suffix in endings):
            yield name, path.read_text("utf-8")


def found(pattern: re.Pattern[str], *endings: str) -> list[str]:
    """Say where a pattern stands, with its line."""
    return [
        f"{name}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0]}"
        for name, text in texts(*endings)
        for hit in pattern.finditer(text)
    ]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert found(MACHINE_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    assert found(REGISTRY) == []


def test_lock_files_name_packages_and_hashes_but_no_host() -> None:
    locks = sorted(path for pattern in LOCKS for path in ROOT.glob(pattern))
    assert len(locks) >= 4  # those of pip and npm
    for path in locks:
        lines = path.read_text("utf-8").splitlines()
        # Pages where authors ask for money come with a package's own description; nothing is fetched from there.
        hosts = [line for line in lines if "://" in line and not re.match(r'\s+"?(url|funding)"?: ', line)]
        assert hosts == [], path.name
        assert not [line for line in lines if '"resolved"' in line], path.name


def test_no_code_of_others_lies_among_ours() -> None:
    assert found(OTHERS_CODE, *CODE) == []
    long = [
        f"{name}:{number}"
        for name, text in texts(*CODE)
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]
    assert long == []
    vendored = [
        name for name in committed() if re.search(r"(^|/)(vendor|third_?party|dist)/|\.min\.\w+$", name)
    ]
    assert vendored == []


def test_no_file_is_too_long_to_read() -> None:
    lengths = {name: text.count("\n") for name, text in texts(*CODE)}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def own_lines(function: ast.AST) -> int:
    """Count a function's lines without those of the functions written inside it."""
    total = function.end_lineno - function.lineno + 1  # type: ignore[attr-defined]
    return total - sum(own_lines(inner) for inner in outermost(function))


def outermost(node: ast.AST) -> Iterator[ast.AST]:
    """Give the functions directly inside, seen through classes and blocks."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
        else:
            yield from outermost(child)


def test_no_function_is_too_long_to_hold_in_mind() -> None:
    long = {
        f"{name}:{node.lineno} {node.name}": own_lines(node)
        for name, text in texts(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and own_lines(node) > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_file_speaks_of_how_it_was_written() -> None:
    assert found(AUTHORING) == []


@pytest.mark.parametrize(
    ("pattern", "bad", "good"),
    [
        (MACHINE_PATH, 'DATA = "/tmp/xiangzhi"', "web/pages/work/my.html"),
        (MACHINE_PATH, "open('/root/key')", "https://example.org/home/index"),
        (REGISTRY, "https://registry.npmjs.org/sass", "registry.all(Permission)"),
        (REGISTRY, "mirrors.example.com", "mirrors the sources"),
        (OTHERS_CODE, "/*! someone v1 */", "/* ours */"),
        (AUTHORING, "# TODO: later", "# what is to do"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], bad: str, good: str) -> None:
    assert pattern.search(bad)
    assert not pattern.search(good)
