"""What people send: forms read once, checked by a pydantic model, and handed back untouched where something is wrong."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from litestar import Request
from litestar.datastructures import State, UploadFile
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from core.kernel.errors import Invalid, filled, mark

Form = Mapping[str, Sequence[str]]
M = TypeVar("M", bound=BaseModel)


class FormModel(BaseModel):
    """Base of every form: unknown fields are ignored (tokens, keys), texts are stripped."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True, frozen=True)


# pydantic says what is wrong in English; these are the kinds our forms can meet, in words for a cadre.
_MESSAGES: Final[Mapping[str, str]] = {
    "missing": mark("请填写这一项。"),
    "string_too_short": mark("请填写这一项。"),
    "string_too_long": mark("写得太长了，最多 %(max_length)s 个字。"),
    "string_pattern_mismatch": mark("格式不对，请检查。"),
    "int_parsing": mark("请填写整数。"),
    "int_from_float": mark("请填写整数。"),
    "decimal_parsing": mark("请填写数字。"),
    "decimal_max_places": mark("小数最多 %(decimal_places)s 位。"),
    "decimal_max_digits": mark("数字太大了。"),
    "float_parsing": mark("请填写数字。"),
    "greater_than": mark("应大于 %(gt)s。"),
    "greater_than_equal": mark("应不小于 %(ge)s。"),
    "less_than": mark("应小于 %(lt)s。"),
    "less_than_equal": mark("应不大于 %(le)s。"),
    "date_from_datetime_parsing": mark("请填写日期。"),
    "date_parsing": mark("请填写日期。"),
    "datetime_parsing": mark("请填写日期和时间。"),
    "datetime_from_date_parsing": mark("请填写日期和时间。"),
    "bool_parsing": mark("请选择是或否。"),
    "uuid_parsing": mark("请从列表里选择。"),
    "enum": mark("请从列表里选择。"),
    "literal_error": mark("请从列表里选择。"),
    "too_short": mark("请至少选择 %(min_length)s 项。"),
    "too_long": mark("最多选择 %(max_length)s 项。"),
}
_CENT: Final = Decimal("0.01")
_MOST_MONEY: Final = Decimal(10) ** 11
_OTHER: Final = mark("这一项不对，请检查。")
_SHORT: Final = mark("写得太短了，至少 %(min_length)s 个字。")


async def form_of(request: Request[Any, Any, State]) -> Form:
    """Read the form of a request: each name with all its values. Files are left out; they have a route of their own."""
    read = await request.form()
    return {
        name: [value for value in read.getall(name) if isinstance(value, str)]
        for name in dict.fromkeys(read)
        if not isinstance(read[name], UploadFile)
    }


def first(form: Form, name: str, default: str = "") -> str:
    """Give a field's first value as it was sent."""
    values = form.get(name) or ()
    return values[0] if values else default


def money_in(form: Form, name: str) -> Decimal | None:
    """Read a sum of money in yuan, None where nothing was written. Raises ``Invalid`` for what is no sum of at least 0."""
    text = first(form, name).strip()
    try:
        found = Decimal(text).quantize(_CENT) if text else None
    except InvalidOperation as error:
        raise Invalid(fields={name: _MESSAGES["decimal_parsing"]}) from error
    if found is not None and not (found.is_finite() and 0 <= found < _MOST_MONEY):
        raise Invalid(fields={name: _MESSAGES["decimal_parsing"]})
    return found


def whole_in(form: Form, name: str, *, digits: int = 6) -> int:
    """Read a whole number of at least 0. Raises ``Invalid`` for anything else."""
    text = first(form, name).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= digits):
        raise Invalid(fields={name: _MESSAGES["int_parsing"]})
    return int(text)


def id_in(form: Form, name: str) -> UUID | None:
    """Read an id that was chosen from a list, None where nothing was. Raises ``Invalid`` for what is no id."""
    text = first(form, name).strip()
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Invalid(fields={name: _MESSAGES["uuid_parsing"]}) from error


def uuid_of(text: str) -> UUID | None:
    """Read an id; None for anything else."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def number_or(text: object, otherwise: int, *, most: int = 10_000) -> int:
    """Read a number that stands in an address, as of a page: whatever is none from 1 to ``most`` is as good as not there."""
    told = str(text)
    return int(told) if told.isascii() and told.isdigit() and len(told) <= len(str(most)) and 0 < int(told) <= most else otherwise


def parse(model: type[M], form: Form, *, found: Mapping[str, str] | None = None) -> M:
    """Check a form. List fields take all values, others the first; an empty text counts as not filled in.

    Raises ``Invalid`` with a message a field, those ``found`` elsewhere among them.
    """
    try:
        read = model.model_validate(_sent(model, form))
    except ValidationError as error:
        raise Invalid(fields={**(found or {}), **fields_of(error)}) from error
    if found:
        raise Invalid(fields=found)
    return read


def legible(model: type[BaseModel], form: Form) -> dict[str, Any]:
    """Give what can be read of a form that was refused: fields that are right by themselves, and defaults of those left empty.

    So a page looks into the rest as well, and says everything that is wrong at once.
    """
    read, sent = {}, _sent(model, form)
    for name, info in model.model_fields.items():
        if (info.alias or name) in sent:
            with suppress(ValidationError):
                read[name] = _adapter(model, name).validate_python(sent[info.alias or name])
        elif not info.is_required():
            read[name] = info.get_default(call_default_factory=True)
    return read


@cache
def _adapter(model: type[BaseModel], name: str) -> TypeAdapter[Any]:
    info = model.model_fields[name]
    kind: Any = Annotated[info.annotation, info]
    return TypeAdapter(kind, config=ConfigDict(str_strip_whitespace=True))


def with_more(error: Invalid, found: Mapping[str, str]) -> Invalid:
    """Give an error that also names what else was found. What it says of a field itself stays."""
    return Invalid(error.message, fields={**error.fields, **{k: v for k, v in found.items() if k not in error.fields}}, **error.data)


def _sent(model: type[BaseModel], form: Form) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        sent = [value for value in form.get(info.alias or name, ()) if value.strip()]
        if sent:
            values[info.alias or name] = sent if _takes_many(info.annotation) else sent[0]
    return values


def _takes_many(annotation: Any) -> bool:
    origin = getattr(annotation, "__origin__", annotation)
    return origin in {list, tuple, set, frozenset}


def fields_of(error: ValidationError) -> dict[str, str]:
    """Say what is wrong with each field, as source texts with their limits filled in."""
    fields: dict[str, str] = {}
    for problem in error.errors():
        name = str(problem["loc"][0]) if problem["loc"] else ""
        if problem["type"] == "value_error":
            text = str(problem["ctx"]["error"])
        elif problem["type"] == "string_too_short" and problem["input"]:
            text = filled(_SHORT, **problem["ctx"])
        else:
            text = filled(_MESSAGES.get(problem["type"], _OTHER), **problem.get("ctx", {}))
        fields.setdefault(name, text)
    return fields
