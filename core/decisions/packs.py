"""Where procedures come from: our own files, and those of a county's pack (``tenants/<code>/procedures/*.toml``)."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from core.decisions.procedures import Procedure, ProcedureError

BUILT_IN: Final = Path(__file__).parent / "built_in"
ORDER: Final = ("four_step", "dual_post", "collective_assets", "five_step", "council")


@lru_cache(maxsize=1)
def built_in() -> Mapping[str, Procedure]:
    """Give the procedures that come with the product, the usual one first."""
    found = read_procedures(BUILT_IN)
    return {code: found[code] for code in ORDER}


def read_procedures(folder: Path) -> dict[str, Procedure]:
    """Read a folder's procedures by code. Raises ``ProcedureError`` naming the file."""
    found: dict[str, Procedure] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            procedure = Procedure.of(tomllib.loads(file.read_text("utf-8")))
        except (tomllib.TOMLDecodeError, ProcedureError) as error:
            raise ProcedureError(f"{file}: {error}") from error
        if procedure.code != file.stem:
            raise ProcedureError(f"{file}: 代码应与文件名相同")
        found[procedure.code] = procedure
    return found
