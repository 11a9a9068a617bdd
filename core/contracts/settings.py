"""Settings: one strict pydantic model an area, from which core draws the form.

    class FilterSettings(SettingsModel):
        review_days: int = setting(3, title="几天内复核", unit="个工作日", township=True, ge=1, le=30)

Every field has a default and a title. Values are stored one by one, dated and inherited: county first, and
the township's own where the field allows it. Texts are source texts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

_OURS: Final = "xiangzhi"

# The types of fields that a form can draw; a choice among words is a text with ``options``.
DRAWN: Final = (bool, int, float, Decimal, str)


class SettingsModel(BaseModel):
    """Base of every settings model: strict, so that nothing is bent to fit."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


@dataclass(frozen=True, slots=True)
class Shown:
    """How one field is shown. ``options`` maps stored values to their words, for fields with a few values."""

    title: str
    hint: str
    unit: str
    township: bool
    options: Mapping[str, str]


def setting(
    default: Any,
    *,
    title: str,
    hint: str = "",
    unit: str = "",
    township: bool = False,
    options: Mapping[str, str] | None = None,
    **limits: Any,
) -> Any:
    """Declare one field. ``township`` lets townships differ; ``limits`` are pydantic's, such as ge and le."""
    shown: dict[str, Any] = {"hint": hint, "unit": unit, "township": township, "options": dict(options or {})}
    return Field(default, title=title, json_schema_extra={_OURS: shown}, **limits)


def shown(field: FieldInfo) -> Shown:
    """Give how a field is shown. Raises ``ValueError`` for one that was not made by ``setting``."""
    extra = field.json_schema_extra
    ours = extra.get(_OURS) if isinstance(extra, dict) else None
    if not isinstance(ours, dict) or not field.title:
        raise ValueError("a field of a settings model is made by setting(…) and has a title")
    options: Any = ours["options"]
    return Shown(field.title, str(ours["hint"]), str(ours["unit"]), bool(ours["township"]), dict(options))


@dataclass(frozen=True, slots=True)
class SettingsArea:
    """The settings of one package or plugin. A plugin has one area, of its own name."""

    name: str
    title: str
    model: type[SettingsModel]
    permission: str = "core:setting:edit"
    plugin: str = ""

    def __post_init__(self) -> None:
        for name, field in self.model.model_fields.items():
            shown(field)
            if field.default is PydanticUndefined and field.default_factory is None:
                raise ValueError(f"{self.name}: the setting {name} has no default")
            if field.annotation not in DRAWN:
                raise ValueError(f"{self.name}: a form cannot draw the setting {name}")
