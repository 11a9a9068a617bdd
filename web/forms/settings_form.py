"""Settings forms, drawn from the model: a field each with title, hint, unit, limits, and whose value holds now."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from annotated_types import Ge, Gt, Le, Lt, MaxLen
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from core.contracts.settings import SettingsModel, shown
from core.kernel.errors import Invalid, mark
from web.forms import Form, fields_of, first

RESET: Final = "inherit"
_FEW: Final = 4
_NUMBERS: Final = (int, float, Decimal)
_OWNERS: Final[Mapping[int, str]] = {
    0: mark("系统默认"),
    2: mark("省级设定"),
    4: mark("市级设定"),
    6: mark("县级设定"),
    9: mark("乡镇设定"),
}


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field as a form draws it; texts are source texts. ``limits`` are attributes of the input.

    ``value`` is what stands in it, ``owner`` whose value that is, ``own`` whether this region set it itself,
    ``editable`` whether this level may.
    """

    name: str
    kind: str
    title: str
    hint: str
    unit: str
    value: Any
    words: str
    owner: str
    own: bool
    editable: bool
    options: tuple[tuple[str, str], ...]
    limits: Mapping[str, Any]


def draw(
    settings: SettingsModel,
    owners: Mapping[str, str],
    *,
    region: str,
    editable: list[str],
    sent: Form | None = None,
) -> list[FieldView]:
    """Draw a form. ``owners`` maps a field to the region whose value holds; ``sent`` keeps what was written."""
    return [
        _view(settings, name, owner=owners.get(name, ""), region=region, editable=name in editable, sent=sent)
        for name in type(settings).model_fields
    ]


def _view(
    settings: SettingsModel, name: str, *, owner: str, region: str, editable: bool, sent: Form | None
) -> FieldView:
    field = type(settings).model_fields[name]
    told = shown(field)
    value = getattr(settings, name)
    return FieldView(
        name,
        _kind(field),
        told.title,
        told.hint,
        told.unit,
        _sent(field, name, sent) if sent is not None and editable else value,
        words_of(type(settings), name, value),
        _OWNERS[len(owner)],
        owner == region,
        editable,
        tuple(told.options.items()),
        _limits(field),
    )


def words_of(model: type[SettingsModel], name: str, value: Any) -> str:
    """Give a value as a source text: 是, 否, an option's words, or the value itself."""
    if isinstance(value, bool):
        return mark("是") if value else mark("否")
    told = shown(model.model_fields[name])
    return told.options.get(value, str(value))


def _kind(field: FieldInfo) -> str:
    if field.annotation is bool:
        return "checkbox"
    if field.annotation in _NUMBERS:
        return "number"
    options = len(shown(field).options)
    if options:
        return "radio" if options <= _FEW else "select"
    return "text"


def _sent(field: FieldInfo, name: str, sent: Form) -> Any:
    return first(sent, name) == "1" if field.annotation is bool else first(sent, name)


def _limits(field: FieldInfo) -> dict[str, Any]:
    names = {
        Ge: ("min", "ge"),
        Gt: ("min", "gt"),
        Le: ("max", "le"),
        Lt: ("max", "lt"),
        MaxLen: ("maxlength", "max_length"),
    }
    found = {
        names[type(limit)][0]: getattr(limit, names[type(limit)][1])
        for limit in field.metadata
        if type(limit) in names
    }
    if field.annotation in _NUMBERS:
        found["step"] = "1" if field.annotation is int else "any"
    return found


def read(settings: SettingsModel, form: Form, *, editable: list[str], own: set[str]) -> dict[str, Any]:
    """Read what was sent: JSON values of the fields that differ from those in force, and None for those given back.

    ``own`` are the fields that this region set itself: only they can be given back. Raises ``Invalid`` a
    field.
    """
    model = type(settings)
    given_back = set(form.get(RESET, ())) & own & set(editable)
    written = {
        name: _text(model.model_fields[name], name, form) for name in editable if name not in given_back
    }
    before = {name: str(value) for name, value in settings.model_dump(mode="json").items()}
    try:
        after = model.model_validate_strings({**before, **written})
    except ValidationError as error:
        raise Invalid(fields=fields_of(error)) from error
    stored = after.model_dump(mode="json")
    changed = {name: stored[name] for name in written if getattr(after, name) != getattr(settings, name)}
    return {**changed, **dict.fromkeys(sorted(given_back))}


def _text(field: FieldInfo, name: str, form: Form) -> str:
    if field.annotation is bool:
        return "true" if first(form, name) == "1" else "false"
    return first(form, name).strip()
