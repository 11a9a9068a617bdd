"""What people send: forms read once, checked by a pydantic model, and handed back untouched where something is wrong."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

from litestar import Request
from litestar.datastructures import State, UploadFile
from pydantic import BaseModel, ConfigDict, ValidationError

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


def parse(model: type[M], form: Form) -> M:
    """Check a form. List fields take all values, others the first; an empty text counts as not filled in.

    Raises ``Invalid`` with a message a field.
    """
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        sent = [value for value in form.get(info.alias or name, ()) if value.strip()]
        if sent:
            values[info.alias or name] = sent if _takes_many(info.annotation) else sent[0]
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Invalid(fields=fields_of(error)) from error


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
