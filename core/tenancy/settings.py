"""Settings with inheritance: each value is a dated row of a region, and the nearest region that set it decides.

The country knows nothing, so the model's default holds; a province, city or county sets any field, a township only those
that say so (``setting(…, township=True)``). Rows are only ever added: a change is seen by every process with its next
statement, which costs one index probe a region of the path. There is no cache in front of it, because asking whether a
cache still holds would cost the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec
from pydantic import ValidationError

from core.contracts.lifecycle import SettingsChanged
from core.contracts.registry import current
from core.contracts.settings import SettingsArea, SettingsModel, shown
from core.kernel.audit import audit
from core.kernel.database import ABOVE, bulk, execute, fetch
from core.kernel.errors import Forbidden, Invalid, NotFound, mark
from core.kernel.ids import new_id
from core.kernel.outbox import announce
from core.kernel.scope import Scope, ancestors_of
from core.tenancy.enums import Level

M = TypeVar("M", bound=SettingsModel)
CHANGED: Final = "settings.changed"
REASON_MOST: Final = 200
_SEEN: Final = f"((x.region >= $1 AND x.region < $2) OR x.region = ANY {ABOVE})"
_VALUES: Final = f"""
SELECT DISTINCT ON (x.region, x.key) x.region, x.key, x.value, x.valid_from, x.reason, x.by_name FROM setting x
WHERE {_SEEN} AND x.region = ANY ($3) AND x.area = $4 AND x.valid_from <= $5
ORDER BY x.region, x.key, x.valid_from DESC, x.created_at DESC, x.id DESC
"""  # noqa: S608 - constants
_HISTORY: Final = f"""
SELECT x.region, x.key, x.value, x.valid_from, x.reason, x.by_name, x.created_at FROM setting x
WHERE {_SEEN} AND x.region = ANY ($3) AND x.area = $4 ORDER BY x.created_at DESC, x.id DESC LIMIT 200
"""  # noqa: S608 - constants
_BELOW: Final = """
SELECT DISTINCT x.region FROM setting x
WHERE x.region >= $1 AND x.region < $2 AND x.region > $1 AND x.area = $3 AND x.key = ANY ($4) ORDER BY x.region
"""
_SET: Final = """
INSERT INTO setting (county, id, region, area, key, value, valid_from, reason, by_name, membership, created_at)
SELECT $3, v.id, $1, $4, v.key, coalesce(v.value, 'null'), $8, $9, $10, $11, $12
FROM unnest($5::uuid[], $6::text[], $7::jsonb[]) AS v (id, key, value) WHERE $1 < $2
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value in force comes from."""

    region: str
    value: Any
    valid_from: datetime
    reason: str
    by_name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the history. ``value`` None means: from then on the inherited value again."""

    region: str
    key: str
    value: Any
    valid_from: datetime
    reason: str
    by_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that would change, with its title as a source text."""

    key: str
    title: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do: the fields, and the regions below that have values of their own and keep them."""

    differences: Sequence[Difference]
    own_below: Sequence[str]


def area_named(name: str) -> SettingsArea:
    """Give a declared area. Raises ``NotFound``."""
    area = current().named(SettingsArea, name)
    if area is None:
        raise NotFound
    return area


def area_of(model: type[SettingsModel]) -> SettingsArea:
    """Give the area a model was declared for. Raises ``NotFound`` where nobody declared it."""
    for area in current().all(SettingsArea):
        if area.model is model:
            return area
    raise NotFound


async def settings_of(scope: Scope, model: type[M], *, at: datetime, region: str = "") -> M:
    """Give the settings in force in a region (the scope's own by default) at a time."""
    return fitting(model, _merged(model, await origins(scope, area_of(model), at=at, region=region)))


async def effective(scope: Scope, area: SettingsArea, *, at: datetime, region: str = "") -> SettingsModel:
    """Give the same by area, for code that handles any."""
    return fitting(area.model, _merged(area.model, await origins(scope, area, at=at, region=region)))


async def origins(scope: Scope, area: SettingsArea, *, at: datetime, region: str = "") -> dict[str, Origin]:
    """Give for each field that anybody on the path has set the value that holds and whose it is."""
    place = region or scope.region
    path = [*ancestors_of(place), place]
    found: dict[str, Origin] = {}
    for row in await fetch(scope, _VALUES, path, area.name, at):  # ordered by region: from the top down
        field = area.model.model_fields.get(row["key"])
        if field is None or row["value"] is None:
            continue
        if len(row["region"]) > len(place[:6]) and not shown(field).township:
            continue
        found[row["key"]] = Origin(
            row["region"], row["value"], row["valid_from"], row["reason"], row["by_name"]
        )
    return found


def _merged(model: type[SettingsModel], found: Mapping[str, Origin]) -> dict[str, Any]:
    return {key: origin.value for key, origin in found.items() if key in model.model_fields}


def fitting(model: type[M], values: dict[str, Any]) -> M:
    """Build the model from stored JSON; a value that no longer fits a newer model counts as not set."""
    try:
        return model.model_validate_json(msgspec.json.encode(values))
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
        kept = {key: value for key, value in values.items() if key not in wrong}
        return model.model_validate_json(msgspec.json.encode(kept)) if wrong else model()


async def preview_values(
    scope: Scope, area: SettingsArea, values: Mapping[str, Any], *, at: datetime
) -> Preview:
    """Show what ``set_values`` would change here from ``at`` on. Raises what it would raise."""
    _require(scope, area, values)
    before = await effective(scope, area, at=at)
    after = await _with(scope, area, values, at=at)
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    fields = area.model.model_fields
    changed = [
        Difference(key, shown(fields[key]).title, old[key], new[key])
        for key in fields
        if old[key] != new[key]
    ]
    keys = [difference.key for difference in changed]
    rows = await fetch(scope, _BELOW, area.name, keys) if keys else []
    return Preview(changed, [row["region"] for row in rows])


async def set_values(
    scope: Scope,
    area: SettingsArea,
    values: Mapping[str, Any],
    *,
    valid_from: datetime,
    reason: str,
    now: datetime,
) -> None:
    """Set values of the scope's own region from a time on; None gives a field back to those above.

    ``values`` are JSON values. Raises ``Invalid`` with a message a field, ``Forbidden`` where the level may not set one.
    """
    _require(scope, area, values)
    if not reason.strip() or len(reason.strip()) > REASON_MOST:
        raise Invalid(fields={"reason": mark("请写明原因（最多 200 个字），它会记入变更记录。")})
    if valid_from < now:
        raise Invalid(fields={"valid_from": mark("生效时间不能早于现在。")})
    merged = await _with(scope, area, values, at=valid_from)
    stored = merged.model_dump(mode="json")
    rows = [[new_id(), key, None if value is None else stored[key]] for key, value in sorted(values.items())]
    await execute(
        scope, _SET, scope.county, area.name, *bulk(rows, 3), valid_from, reason.strip(), scope.by_name,
        scope.membership, now,
    )  # fmt: skip
    keys = sorted(values)
    await audit(
        scope, "setting.changed", kind="setting", subject=None, now=now,
        data={"area": area.name, "keys": keys, "valid_from": valid_from.isoformat(), "reason": reason.strip()},
    )  # fmt: skip
    await announce(scope, CHANGED, {"area": area.name, "keys": keys}, now=now)
    for told in current().by_plugin(SettingsChanged, area.plugin) if area.plugin else ():
        await told.run(scope, dict(values), now)


async def settings_history(scope: Scope, area: SettingsArea, *, region: str = "") -> list[Entry]:
    """Give what was set here and above, the newest first, what takes effect later included."""
    place = region or scope.region
    rows = await fetch(scope, _HISTORY, [*ancestors_of(place), place], area.name)
    return [Entry(**row) for row in rows]


def settable(scope: Scope, area: SettingsArea) -> list[str]:
    """Give the fields that this level may set: all down to the county, a township those that allow it."""
    if scope.level > Level.TOWNSHIP:
        return []
    fields = area.model.model_fields
    return [key for key in fields if scope.level <= Level.COUNTY or shown(fields[key]).township]


def _require(scope: Scope, area: SettingsArea, values: Mapping[str, Any]) -> None:
    scope.require(area.permission)
    if unknown := set(values) - set(area.model.model_fields):
        raise Invalid(fields=dict.fromkeys(sorted(unknown), mark("没有这项设置。")))
    if set(values) - set(settable(scope, area)):
        raise Forbidden(area.permission, message=mark("这项设置由县级统一规定，乡镇不能修改。"))


async def _with(
    scope: Scope, area: SettingsArea, values: Mapping[str, Any], *, at: datetime
) -> SettingsModel:
    """Give the settings as they would be with these values; None shows what stands above."""
    found = await origins(scope, area, at=at)
    if any(value is None for value in values.values()):
        above = await origins(scope, area, at=at, region=scope.above[-1]) if scope.above else {}
        found = {**found, **{key: above[key] for key in values if values[key] is None and key in above}}
        found = {key: o for key, o in found.items() if not (values.get(key, o) is None and key not in above)}
    merged = _merged(area.model, found) | {key: value for key, value in values.items() if value is not None}
    try:
        return area.model.model_validate_json(msgspec.json.encode(merged))
    except ValidationError as error:
        raise Invalid(fields=_messages(error)) from error


def _messages(error: ValidationError) -> dict[str, str]:
    """Say in the reader's words what is wrong; limits stand in the hint beside the field."""
    words = {
        "greater_than_equal": mark("这个数太小了，请看提示里的范围。"),
        "greater_than": mark("这个数太小了，请看提示里的范围。"),
        "less_than_equal": mark("这个数太大了，请看提示里的范围。"),
        "less_than": mark("这个数太大了，请看提示里的范围。"),
    }
    return {
        str(problem["loc"][0]) if problem["loc"] else "": words.get(
            problem["type"], mark("请检查这一项的格式。")
        )
        for problem in error.errors()
    }
