"""The data folder of the embedded mode: what lies where, and the secrets made for it.

All of it is known before the database has ever been started, so that each process (web, worker, a command
beside a running server) can work out the same addresses from the folder alone.
"""

import json
import os
import secrets as random
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

DATABASE = "xiangzhi"
SUPERUSER = "postgres"
LOGIN_ROLES = ("xiangzhi_app", "xiangzhi_relay", "xiangzhi_migrator")

_SOCKET_NUMBER = 5432  # part of the socket's file name only; no TCP port of this number is opened
_SOCKET_PATH_LIMIT = 100  # bytes; sun_path holds 108 on Linux and 104 on macOS, the file name included


@dataclass(frozen=True)
class DataFolder:
    """Paths inside one data folder; nothing is created by asking for them."""

    root: Path

    @property
    def database(self) -> Path:
        """The cluster's own folder (PGDATA), readable by the database's user alone."""
        return self.root / "database"

    @property
    def socket(self) -> Path:
        """The folder of the database's unix socket."""
        return self.root / "socket"

    @property
    def files(self) -> Path:
        """Uploaded files."""
        return self.root / "files"

    @property
    def heads(self) -> Path:
        """The last head of each county's audit chain that this machine has seen, out of the database's reach."""
        return self.root / "heads"

    @property
    def log(self) -> Path:
        """Logs of the parts that do not write to the supervisor's own output."""
        return self.root / "log"

    @property
    def secrets(self) -> Path:
        """Secret key and database passwords, mode 0600; whoever has this file has the data."""
        return self.root / "secrets.json"

    @property
    def port_file(self) -> Path:
        """The TCP port of the database; exists only where the path is too long for a socket."""
        return self.root / "database-port"

    @property
    def uses_socket(self) -> bool:
        """False where the folder's path is too long for a unix socket; loopback TCP serves there."""
        name = self.socket / f".s.PGSQL.{_SOCKET_NUMBER}"
        return len(os.fsencode(name)) <= _SOCKET_PATH_LIMIT

    def holds(self, url: str) -> bool:
        """Whether this DSN leads to the folder's own database (or is empty, which means it)."""
        if not url:
            return True
        return self.secrets.exists() and url == database_url(self, LOGIN_ROLES[0])

    def create(self) -> None:
        """Make the root. Others may pass through it, as the database's user must, but not list it."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o711)
        for folder in (self.files, self.log):
            folder.mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True)
class Secrets:
    """What was made at random for one data folder."""

    secret_key: str
    passwords: dict[str, str]


def load_secrets(folder: DataFolder) -> Secrets:
    """Read a data folder's secrets, making them at the first call; of two callers one wins, both agree."""
    if not folder.secrets.exists():
        write_secrets(folder, secret_key=random.token_hex(32))
    stored = json.loads(folder.secrets.read_text("utf-8"))
    return Secrets(secret_key=stored["secret_key"], passwords=stored["passwords"])


def write_secrets(folder: DataFolder, *, secret_key: str) -> None:
    """Store a secret key with new passwords, unless the folder has secrets already: those stay."""
    folder.create()
    passwords = {role: random.token_hex(24) for role in (SUPERUSER, *LOGIN_ROLES)}
    content = {"secret_key": secret_key, "passwords": passwords}
    _write_once(folder.secrets, json.dumps(content, indent=1))


def database_url(folder: DataFolder, role: str, database: str = DATABASE) -> str:
    """Give the DSN of one role, as asyncpg and libpq both understand it."""
    password = load_secrets(folder).passwords[role]
    if folder.uses_socket:
        place = f"@/{database}?host={quote(str(folder.socket), safe='')}&port={_SOCKET_NUMBER}"
    else:
        place = f"@127.0.0.1:{database_port(folder)}/{database}"
    return f"postgresql://{role}:{password}{place}"


def database_port(folder: DataFolder) -> int:
    """Give the database's port: a mere label with a socket, else a real TCP port (0: none chosen yet)."""
    if folder.uses_socket:
        return _SOCKET_NUMBER
    return int(folder.port_file.read_text("ascii")) if folder.port_file.exists() else 0


def _write_once(path: Path, text: str) -> None:
    """Write a file nobody else may read, whole or not at all; an existing one stays as it is."""
    handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
