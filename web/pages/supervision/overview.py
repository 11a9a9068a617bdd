"""Where something may be wrong: an inspector's first page. Warnings by level and clock, models and how right they are, the chain's head."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.chain.queries import latest_head
from core.chain.witness import READ as CHAIN
from core.contracts.registry import current
from core.contracts.warnings import WarningModel
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.supervision.enums import SEVERITY_TITLES, SEVERITY_TONES
from core.supervision.queries import Narrowed, places_of, precision_of_models, sums_of, warnings_in
from core.supervision.rules import Precision, SupervisionSettings
from core.supervision.workflows import READ
from core.tenancy.enums import Level
from core.tenancy.queries.regions import names_of
from core.tenancy.settings import settings_of
from web.answers import Answer, Request, page, request_now, say, say_n
from web.pages.supervision.waiting import put_to
from web.pages.supervision.words import HINT, domain_title, line_of, share_of
from web.routing import get_page

_SHOWN: Final = 8
_PLACES: Final = {Level.COUNTY: 9, Level.TOWNSHIP: 12}


@get_page("/supervision", permission=READ)
async def overview_page(request: Request, scope: Scope) -> Answer:
    return await overview(request, scope)


async def overview(request: Request, scope: Scope) -> Answer:
    """Answer where something may be wrong: by level and clock, by field and place, by how right the models are, and how the chain stands."""
    now = request_now(request)
    async with transaction(scope):
        put = await put_to(request, scope, now=now)
        sums = await sums_of(scope, now=now)
        rows, total = await warnings_in(scope, Narrowed(), now=now, size=_SHOWN)
        places = await places_of(scope, digits=_PLACES.get(Level(scope.level), 12), now=now) if scope.level < Level.VILLAGE else []
        names = await names_of(scope, [row["code"] for row in places])
        judged = await precision_of_models(scope)
        least = (await settings_of(scope, SupervisionSettings, at=now)).judged_least
        head = await latest_head(scope) if scope.may(CHAIN) else None
    models = _models(request, current().visible(WarningModel, scope), judged, least)
    return page(
        request, "supervision/overview.html", title=mark("哪里不对劲"), hint=say(request, HINT), put=put, total=total, levels=_levels(request, sums),
        poor=[each["title"] for each in models if each["review"]], waiting=sum(row["waiting"] for row in sums),
        late=sum(row["late"] for row in sums), fields=_fields(request, sums), rows=[line_of(request, row, now) for row in rows],
        models=models[:_SHOWN], more_models=len(models) > _SHOWN, head=head, chain=scope.may(CHAIN), tiles=_tiles(request, places, names),
    )  # fmt: skip


def _levels(request: Request, sums: Sequence[Any]) -> list[dict[str, Any]]:
    """Give for each level how many are open, wait for somebody, are in hand and late, each with the way to them."""
    found = []
    for level, title in SEVERITY_TITLES.items():
        own = [row for row in sums if row["severity"] == level]
        n, waiting, late = (sum(row[key] for row in own) for key in ("n", "waiting", "late"))
        at = f"/warnings?severity={level}"
        found.append({
            "level": say(request, title), "tone": SEVERITY_TONES[level], "n": n, "waiting": waiting, "working": n - waiting, "late": late,
            "to": {"n": at, "waiting": f"{at}&show=waiting", "late": f"{at}&show=late"},
        })  # fmt: skip
    return found


def _models(
    request: Request, known: Sequence[WarningModel], judged: Mapping[str, Precision], least: int
) -> list[dict[str, Any]]:  # fmt: skip
    """Give the models that have ever raised something: those to be looked at first, then by what is open."""
    rows = []
    for model in known:
        seen = judged.get(model.name, Precision())
        if seen.all:
            rows.append({
                "title": say(request, model.title), "href": f"/warnings?model={model.name}&show=all", "open": seen.open, "judged": seen.judged,
                "share": share_of(request, seen, least), "review": seen.needs_review(model.floor, least),
            })  # fmt: skip
    return sorted(rows, key=lambda row: (not row["review"], -row["open"], row["title"]))


def _fields(request: Request, sums: Sequence[Any]) -> list[dict[str, Any]]:
    found: dict[str, int] = {}
    for row in sums:
        found[row["domain"]] = found.get(row["domain"], 0) + row["n"]
    return [
        {"title": domain_title(request, name), "n": n, "href": f"/warnings?domain={name}"}
        for name, n in sorted(found.items(), key=lambda each: -each[1])
    ]


def _tiles(request: Request, places: Sequence[Any], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": names.get(row["code"], row["code"]), "href": f"/warnings?region={row['code']}",
            "count": say_n(request, mark("%(n)s 件"), row["n"]), "tone": "danger" if row["red"] else "load",
            "note": say(request, mark("红色 %(n)s 件"), n=row["red"]) if row["red"] else None,
        }
        for row in places
    ]  # fmt: skip
