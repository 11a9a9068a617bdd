"""The form of a task as its receiver fills it in and its sender reads it: what is held already is offered, nothing is hidden."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from core.kernel.errors import mark
from core.tasks.enums import FieldKind, HeldBy
from core.tasks.forms import AskedField, answer_name, value_for
from core.tasks.queries.forms import Offer
from web.answers import Request, say
from web.forms import Form, first
from web.pages.work.words import formats

_FROM_REGIONS: Final = mark("系统里已有，已为您带出；如有不符请修改。")
_FROM_POSTS: Final = mark("现任村书记（%(day)s起任职），已为您带出；如有变化请修改。")
_FROM_EARLIER: Final = mark("上次填报：%(value)s（%(day)s《%(title)s》），如有变化请修改。")
_ASKS: Final = mark("请填写“%(label)s”")


def sent_answers(form: Form) -> dict[str, str]:
    """Give what was filled in, by input."""
    return {name: first(form, name) for name in form if name.startswith("answer-")}


def answer_fields(
    request: Request,
    fields: Sequence[AskedField],
    offers: Mapping[str, Offer],
    *,
    written: Mapping[str, str] | None,
    last: Sequence[Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Give each field as the page draws it. What was typed or kept as a draft stands, else what was handed in last, else the offer."""
    shown = []
    for n, field in enumerate(fields, start=1):
        name, offer = answer_name(n), offers.get(field.key)
        if written is not None:
            value = written.get(name, "")
        else:
            value = value_for(field, last) if last else offer.value if offer is not None else ""
        shown.append(
            {
                "name": name, "label": field.label, "kind": field.kind, "unit": field.unit, "required": field.required, "value": value,
                "hint": _hint(request, field, offer) if offer is not None else None,
                "missing": say(request, _ASKS, label=field.label) if field.required else "",
            }
        )  # fmt: skip
    return shown


def _hint(request: Request, field: AskedField, offer: Offer) -> str:
    """Say where an offered value comes from, and as of when."""
    if offer.held_by is HeldBy.REGIONS or offer.at is None:
        return say(request, _FROM_REGIONS)
    day = formats(request).day(offer.at)
    if offer.held_by is HeldBy.POSTS:
        return say(request, _FROM_POSTS, day=day)
    value = answer_words(request, {"kind": field.kind, "unit": offer.unit, "value": offer.value})
    return say(request, _FROM_EARLIER, value=value, day=day, title=offer.title)


def answer_words(request: Request, answer: Mapping[str, str]) -> str:
    """Write one answer as people read it: 125 户, 3月5日, or the text itself."""
    shown, value = formats(request), answer["value"]
    if answer["kind"] == FieldKind.DATE:
        return shown.day(date.fromisoformat(value))
    if answer["kind"] == FieldKind.NUMBER:
        value = shown.number(Decimal(value))
    return f"{value} {answer['unit']}" if answer["unit"] else value


def answers_shown(request: Request, answers: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    """Give the answers of a submission as pairs for ``ui.dl``."""
    return [(each["label"], answer_words(request, each)) for each in answers or ()]


def asked_words(request: Request, fields: Iterable[AskedField]) -> str:
    """Name what a task asks to fill in, so that it is read before it is taken on; empty where it asks for nothing."""
    return say(request, mark("、")).join(
        f"{field.label}{say(request, mark('（%(unit)s）'), unit=field.unit) if field.unit else ''}" for field in fields
    )
