"""What a killed process left half done: files and folders that nobody will finish, taken away by whoever comes next."""

import shutil
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

# No piece of work takes nearly as long: what is older has nobody any more.
NOBODYS_AFTER: Final = timedelta(days=1)


def drop_leftovers(folder: Path, pattern: str) -> None:
    """Take away what matches in the folder and was last changed a day ago or more; what others own stays."""
    newest = time.time() - NOBODYS_AFTER.total_seconds()
    for path in folder.glob(pattern):
        with suppress(OSError):
            if path.lstat().st_mtime >= newest:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
