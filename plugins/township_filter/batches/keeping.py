"""Where a list and its result lie while they are looked at: a few files a work, for a day. Synchronous: call them in threads."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.api import NotStored, first_id_of, get_storage
from plugins.township_filter.comparison.files import Text, Wrong

KEPT: Final = timedelta(days=1)
TEXTS: Final = "texts.json"
RESULT: Final = "result.json"
WRONG: Final = "wrong.json"
Rows = Sequence[Mapping[str, Any]]


def _key(county: str, job: UUID, name: str) -> str:
    return f"{_folder(county)}{job}/{name}"


def _folder(county: str) -> str:
    return f"{county}/screenings/"


def keep_texts(county: str, job: UUID, texts: Sequence[Text], wrong: Sequence[Wrong] = ()) -> None:
    """Keep the texts until they are screened, and the rows that could not be, to be told with the result."""
    if wrong:
        _put(_key(county, job, WRONG), [asdict(each) for each in wrong])
    _put(_key(county, job, TEXTS), [asdict(text) for text in texts])


def wrong_kept(county: str, job: UUID) -> list[Wrong]:
    """Give the rows that were not screened."""
    return [Wrong(**each) for each in _got(_key(county, job, WRONG)) or ()]


def are_kept(county: str, jobs: Sequence[UUID]) -> set[UUID]:
    """Tell of which works something is still there."""
    store = get_storage()
    return {job for job in jobs if any(store.exists(_key(county, job, name)) for name in (TEXTS, RESULT))}


def texts_kept(county: str, job: UUID) -> list[Text] | None:
    """Give the texts; None where they are not there any more."""
    found = _got(_key(county, job, TEXTS))
    return None if found is None else [Text(**each) for each in found]


def keep_result(county: str, job: UUID, rows: Rows) -> None:
    """Keep the result, whole or not at all; the texts have done their service."""
    _put(_key(county, job, RESULT), rows)
    get_storage().delete(_key(county, job, TEXTS))


def result_kept(county: str, job: UUID) -> list[dict[str, Any]] | None:
    """Give the result's rows; None where there is none, or none any more."""
    return _got(_key(county, job, RESULT))


def forget(county: str, job: UUID) -> None:
    """Delete what is kept of a work."""
    for name in (TEXTS, RESULT, WRONG):
        get_storage().delete(_key(county, job, name))


def forget_old(county: str, before: datetime | None) -> int:
    """Delete what works begun before then have left in a county, of those that never began too; without a time: all. Gives how many files."""
    gone = 0
    for key in list(get_storage().list(_folder(county))):
        if before is None or UUID(key.split("/")[2]) < first_id_of(before):
            get_storage().delete(key)
            gone += 1
    return gone


def _put(key: str, rows: Sequence[Any]) -> None:
    get_storage().put(key, io.BytesIO(json.dumps(rows, ensure_ascii=False).encode()))


def _got(key: str) -> list[dict[str, Any]] | None:
    try:
        with get_storage().open(key) as source:
            found: list[dict[str, Any]] = json.load(source)
    except NotStored:
        return None
    return found
