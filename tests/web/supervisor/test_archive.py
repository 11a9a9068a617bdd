"""A backup is believed only whole: every member is there, is what it was, and lies where it should."""

import io
import tarfile
from pathlib import Path

import pytest

from web.supervisor.archive import DUMP, MANIFEST, SECRET_KEY, ArchiveError, Writer, check, unpack


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    upload = tmp_path / "upload"
    upload.write_bytes(b"photo" * 1000)
    path = tmp_path / "backup.tar"
    with path.open("wb") as file:
        writer = Writer(file)
        writer.add_bytes(DUMP, b"dump")
        writer.add_bytes(SECRET_KEY, b"ab" * 32)
        writer.add_file("files/330503/照片", upload)
        writer.close({"product": "0.1.0"})
    return path


def rewrite(path: Path, *, without: str = "", extra: tuple[str, bytes] | None = None) -> Path:
    changed = path.with_name("changed.tar")
    with tarfile.open(path) as old, tarfile.open(changed, "w") as new:
        for info in old:
            if info.name != without:
                new.addfile(info, old.extractfile(info))
        if extra:
            info = tarfile.TarInfo(extra[0])
            info.size = len(extra[1])
            new.addfile(info, io.BytesIO(extra[1]))
    return changed


def test_whole_backup_is_believed_and_unpacked_for_us_alone(backup: Path, tmp_path: Path) -> None:
    assert check(backup)["product"] == "0.1.0"
    unpack(backup, tmp_path / "out")
    photo = tmp_path / "out/files/330503/照片"
    assert photo.read_bytes() == b"photo" * 1000
    assert photo.stat().st_mode & 0o777 == 0o600
    assert photo.parent.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "out" / MANIFEST).exists()


@pytest.mark.parametrize("name", [DUMP, SECRET_KEY, "files/330503/照片"])
def test_missing_member_is_named(backup: Path, name: str) -> None:
    with pytest.raises(ArchiveError, match=name):
        check(rewrite(backup, without=name))


def test_missing_manifest_is_refused(backup: Path) -> None:
    with pytest.raises(ArchiveError, match="incomplete"):
        check(rewrite(backup, without=MANIFEST))


def test_additional_member_is_refused(backup: Path) -> None:
    with pytest.raises(ArchiveError, match="files/more"):
        check(rewrite(backup, extra=("files/more", b"x")))


@pytest.mark.parametrize("name", ["/etc/passwd", "files/../../x", "elsewhere"])
def test_member_outside_its_place_is_refused(backup: Path, name: str) -> None:
    with pytest.raises(ArchiveError, match="does not belong"):
        check(rewrite(backup, extra=(name, b"x")))


def test_link_is_refused(backup: Path) -> None:
    with tarfile.open(backup, "a") as tar:
        info = tarfile.TarInfo("files/link")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    with pytest.raises(ArchiveError, match="files/link"):
        check(backup)


@pytest.mark.parametrize("kept", [0, 100, 600, 3000, 8000])
def test_cut_backup_is_refused(backup: Path, kept: int) -> None:
    backup.write_bytes(backup.read_bytes()[:kept])
    with pytest.raises(ArchiveError):
        check(backup)


def test_every_changed_byte_of_content_is_noticed(backup: Path) -> None:
    with tarfile.open(backup) as tar:
        offset = tar.getmember("files/330503/照片").offset_data
    content = bytearray(backup.read_bytes())
    content[offset + 2500] ^= 1
    backup.write_bytes(content)
    with pytest.raises(ArchiveError, match="照片"):
        check(backup)


def test_other_file_is_no_backup(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"no tar" * 1000)
    with pytest.raises(ArchiveError):
        check(path)
