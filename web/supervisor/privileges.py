"""Running the database as somebody who is not root, and never longer than its owner lives."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from web.supervisor.explained import Explained

_CANDIDATES = ("postgres", "nobody")
# Either of these lets the database pass through folders that only root may enter, such as /root.
_PASSAGE = ("dac_read_search", "dac_override")


class PrivilegeError(Explained):
    """The database cannot be run from here; the message says in both languages what to do."""


@dataclass(frozen=True)
class Identity:
    """The user that owns the database's folder and runs its programs."""

    uid: int
    gid: int
    passage: str = ""

    @property
    def prefix(self) -> list[str]:
        """The words before a command that make it run as this user; none where no change is needed."""
        if self.uid == os.geteuid():
            return []
        words = ["setpriv", "--reuid", str(self.uid), "--regid", str(self.gid), "--clear-groups"]
        if self.passage:
            # access(2), by which the programs find themselves, ignores capabilities without this bit.
            words += ["--inh-caps", f"-all,+{self.passage}", "--ambient-caps", f"-all,+{self.passage}"]
            words += ["--securebits", "+no_setuid_fixup"]
        return words

    def own(self, folder: Path) -> None:
        """Make an empty private folder of this user, or check that an existing one is his."""
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(folder, self.uid, self.gid)


def dies_with_owner() -> list[str]:
    """Give the words before a command that make the kernel end it, orderly, when its starter is killed."""
    return ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []


def identity_for(folder: Path, program: Path) -> Identity:
    """Say who runs `program` on `folder`: ourselves, or as root the folder's owner or an unprivileged user.

    Raises PrivilegeError where PostgreSQL, which refuses to run as root, could not be run at all.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid())
    if not shutil.which("setpriv"):
        raise PrivilegeError(
            "数据库不能以 root 身份运行，本机也没有 setpriv 命令。请用普通用户启动。\n"
            "The database does not run as root, and there is no setpriv command here: start as another user."
        )
    user = _user_of(folder)
    for passage in ("", *_PASSAGE):
        identity = Identity(user.pw_uid, user.pw_gid, passage)
        if _can_run(identity, str(program), str(folder.parent)):
            return identity
    raise PrivilegeError(
        f"用户 {user.pw_name} 无法进入 {folder.parent} 或 {program.parent}。"
        "请把项目和数据目录放在其他用户可以进入的位置，或用普通用户启动。\n"
        f"User {user.pw_name} cannot reach {folder.parent} or {program.parent}: "
        "put both where other users may enter, or start as an ordinary user."
    )


def _user_of(folder: Path) -> pwd.struct_passwd:
    if folder.exists() and folder.stat().st_uid != 0:
        return pwd.getpwuid(folder.stat().st_uid)
    known = {user.pw_name: user for user in pwd.getpwall()}
    for name in _CANDIDATES:
        if name in known:
            return known[name]
    raise PrivilegeError(
        "本机没有可用来运行数据库的普通用户（postgres 或 nobody）。请用普通用户启动。\n"
        "There is no unprivileged user (postgres or nobody) to run the database: start as an ordinary user."
    )


@cache
def _can_run(identity: Identity, program: str, folder: str) -> bool:
    # The program looks for its own file, and the folder is tested, by access(2): what decides later.
    trial = subprocess.run(
        [*identity.prefix, "sh", "-c", '"$0" --version && test -x "$1"', program, folder],
        capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip
    return trial.returncode == 0 and "invalid binary" not in trial.stderr
