"""What is sent for a built file."""

from pathlib import Path

import pytest

from web.manifest import Manifest, NotBuiltError, stored_form


def test_a_missing_build_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError, match="npm run build"):
        Manifest.load(tmp_path)


def test_an_unknown_file_of_the_build_raises() -> None:
    with pytest.raises(NotBuiltError, match="nothing"):
        Manifest.load().url("nothing.css")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("app-1.css", "app-1.css.br", "app-1.css.gz", "manifest.json", "secret.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path.parent / "outside.css").write_text("outside")
    return tmp_path


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("", ""),
        ("br;q=0, gzip", "gzip"),
        ("identity", ""),
    ],
)
def test_the_smallest_form_that_the_browser_takes_is_sent(folder: Path, accepted: str, encoding: str) -> None:
    form = stored_form("app-1.css", accepted, folder)
    assert form is not None
    assert (form.encoding, form.media_type) == (encoding, "text/css; charset=utf-8")


@pytest.mark.parametrize(
    "name", ["../outside.css", "secret.txt", ".css", "", "app-2.css", "app-1.css.br", "a/b.css"]
)
def test_nothing_else_is_sent(folder: Path, name: str) -> None:
    assert stored_form(name, "br", folder) is None
