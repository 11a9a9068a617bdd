"""Settings of core's packages and of plugins, as their models say and as regions have set them."""

from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from core.contracts.registry import current
from core.contracts.settings import SettingsArea, SettingsModel
from core.kernel.database import ABOVE, fetch
from core.kernel.errors import NotFound
from core.kernel.scope import Scope, ancestors_of

M = TypeVar("M", bound=SettingsModel)

_VALUES: Final = f"""
SELECT DISTINCT ON (x.region, x.key) x.region, x.key, x.value FROM setting x
WHERE ((x.region >= $1 AND x.region < $2) OR x.region = ANY {ABOVE})
  AND x.region = ANY($3) AND x.area = $4 AND x.valid_from <= $5
ORDER BY x.region, x.key, x.valid_from DESC, x.created_at DESC
"""  # noqa: S608 - constants


def area_of(model: type[SettingsModel]) -> SettingsArea:
    """Give the area that a model was declared for."""
    for area in current().all(SettingsArea):
        if area.model is model:
            return area
    raise NotFound


async def settings_of(scope: Scope, model: type[M], *, at: datetime, region: str = "") -> M:
    """Give the settings in force in a region (default: the scope's own) at a time, in the open transaction.

    The nearest region that has set a field decides; a stored value that no longer fits the model counts as
    not set.
    """
    place = region or scope.region
    chain = [*ancestors_of(place), place]
    rows = await fetch(scope, _VALUES, chain, area_of(model).name, at)
    values: dict[str, Any] = {}
    for row in sorted(rows, key=lambda row: len(row["region"])):
        if row["value"] is not None and row["key"] in model.model_fields:
            values[row["key"]] = row["value"]
    return _fitting(model, values)


def _fitting(model: type[M], values: dict[str, Any]) -> M:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = {problem["loc"][0] for problem in error.errors() if problem["loc"]}
        return model.model_validate({name: value for name, value in values.items() if name not in wrong})
