"""How the chain stands, and the heads that are kept here of this county and of others."""

import json
import re
from typing import Annotated, Any, Final

from litestar import Response
from pydantic import Field

from core.chain.memory import contradictions, remembered
from core.chain.public import heads_of
from core.chain.queries import Keeper, count_waiting, keepers, latest_head
from core.chain.rules import CHUNK, SETTLING
from core.chain.witness import MOST, NOTE, READ, Judged, Standing, judged, keep_hash, keep_heads, kept_heads
from core.kernel.chain import ChainError, Head, read_heads
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, mark
from core.kernel.scope import Scope
from web.answers import say_n
from web.api import (
    Answer,
    Form,
    FormModel,
    Request,
    first,
    form_of,
    get_page,
    page,
    parse,
    post_form,
    request_now,
    say,
    see_other,
)

_KEY: Final = re.compile(r"^(?:[0-9]{2}|[0-9]{4}|[0-9]{6})$")
_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")
_LONGEST: Final = 1_000_000
_SAID: Final = {
    Standing.SAME: (mark("一致"), "good"),
    Standing.ALONE: (mark("没有发现矛盾"), "plain"),
    Standing.FORK: (mark("矛盾：那一块已被改写"), "danger"),
    Standing.GONE: (mark("矛盾：那一块已不存在"), "danger"),
    Standing.RIVAL: (mark("矛盾：同一块有两个哈希"), "danger"),
    Standing.BROKEN: (mark("矛盾：前后两块接不上"), "danger"),
}


class CopiedForm(FormModel):
    """A head copied by hand from a page or a sheet of paper."""

    of_county: Annotated[str, Field(pattern=_KEY.pattern)]
    height: Annotated[int, Field(ge=1, le=10**15)]
    hash: Annotated[str, Field(max_length=90)]
    source: Annotated[str, Field(max_length=200)] = ""


@get_page("/chain", permission=READ)
async def chain_page(request: Request, scope: Scope) -> Answer:
    return await _show(request, scope)


@post_form("/chain/heads", permission=NOTE)
async def keep(request: Request, scope: Scope) -> Answer:
    """Keep heads: whole ones as JSON, or one that was copied."""
    form, now = await form_of(request), request_now(request)
    told = first(form, "heads").strip()
    try:
        heads, copied = (_read(told), None) if told else ([], _copied(form))
        async with transaction(scope):
            if copied is None:
                added = await keep_heads(scope, heads, source=first(form, "source").strip(), now=now)
            else:
                hash_ = bytes.fromhex("".join(copied.hash.split()))
                added = await keep_hash(
                    scope, of_county=copied.of_county, height=copied.height, hash_=hash_, source=copied.source, now=now
                )  # fmt: skip
    except Invalid as error:
        return await _show(request, scope, error=error, form=form)
    return see_other(request, "/chain#kept", flash=_done(request, added))


@post_form("/chain/heads/here", permission=NOTE)
async def keep_here(request: Request, scope: Scope) -> Answer:
    """Keep the newest head of a county on this server, as anybody can see it."""
    form = await form_of(request)
    keeper = next((each for each in await keepers() if each.county == first(form, "of_county")), None)
    heads = await heads_of(keeper.county, most=1) if keeper else []
    if not heads:
        raise NotFound
    async with transaction(scope):
        added = await keep_heads(scope, heads, source=say(request, mark("本服务器的公开页")), now=request_now(request))
    return see_other(request, "/chain#kept", flash=_done(request, added))


@get_page("/chain/heads.json", permission=READ)
async def heads_json(request: Request, scope: Scope) -> Answer:
    """Give the whole heads that are kept of one county, as ``xiangzhi verify --heads`` and the script take them."""
    county = request.query_params.get("of", "")
    if not _KEY.fullmatch(county):
        raise NotFound
    async with transaction(scope):
        kept = await kept_heads(scope, of_county=county, limit=MOST)
    heads = [head.told() for each in kept if (head := each.whole) is not None]
    disposition = f'attachment; filename="{county}-heads.json"'
    body = json.dumps({"heads": heads}).encode()
    return Response(body, media_type="application/json", headers={"content-disposition": disposition})


def _done(request: Request, added: int) -> str:
    if not added:
        return say(request, mark("这个区块头以前已经记下，两次完全一样。"))
    return say_n(request, mark("已记下 %(n)s 个区块头，不能再改动。"), added)


def _read(told: str) -> list[Head]:
    if len(told) > _LONGEST:
        raise Invalid(fields={"heads": mark("一次最多记 500 个区块头。")})
    try:
        heads = read_heads(told)
    except ChainError:
        raise Invalid(fields={"heads": mark("这不是区块头。请把公开页上下载的内容完整地贴进来。")}) from None
    if len(heads) > MOST:
        raise Invalid(fields={"heads": mark("一次最多记 500 个区块头。")})
    return heads


def _copied(form: Form) -> CopiedForm:
    if not any(first(form, name).strip() for name in ("of_county", "height", "hash")):
        raise Invalid(fields={"heads": mark("请贴上区块头，或者填写县代码、块号和哈希。")})
    copied = parse(CopiedForm, form)
    if not _HASH.fullmatch("".join(copied.hash.split())):
        raise Invalid(fields={"hash": mark("哈希应为 64 位十六进制数，请对照检查。")})
    return copied


async def _show(
    request: Request, scope: Scope, *, error: Invalid | None = None, form: Form | None = None
) -> Answer:
    now, everybody = request_now(request), await keepers()
    async with transaction(scope):
        head = await latest_head(scope)
        waiting = await count_waiting(scope, before=now - SETTLING)
        kept = await kept_heads(scope)
    rows = await judged(kept, (each.county for each in everybody))
    lost = contradictions(remembered(scope.county), head)
    names = {each.county: each.name for each in everybody}
    return page(
        request, "chain/chain.html", title=mark("存证链"), back="/", status=422 if error else 200, errors=error, form=form,
        sent_form="keep", head=head, waiting=waiting, most=CHUNK, rows=[_row(request, each, names) for each in rows],
        conflicts=[_row(request, each, names) for each in rows if each.standing.is_conflict],
        lost=[{"height": each.header.height, "hash": each.hash.hex(), "at": each.header.sealed_at} for each in lost],
        code=_code(everybody, scope), others=[(each.county, each.name) for each in everybody],
        counties=[(county, names.get(county, county)) for county in sorted({row.kept.of_county for row in rows})],
    )  # fmt: skip


def _code(everybody: list[Keeper], scope: Scope) -> str:
    """Give the county's code of today for the address of its public page; empty above the counties."""
    return next((each.code for each in everybody if each.county == scope.county), "")


def _row(request: Request, each: Judged, names: dict[str, str]) -> dict[str, Any]:
    words, tone = _SAID[each.standing]
    kept = each.kept
    return {
        "county": names.get(kept.of_county, kept.of_county), "height": kept.height, "hash": kept.hash.hex(), "seen": kept.seen_at,
        "by": kept.by_name, "source": kept.source, "state": say(request, words), "tone": tone,
        "now": each.now.hex() if each.now else "", "whole": bool(kept.head),
    }  # fmt: skip
