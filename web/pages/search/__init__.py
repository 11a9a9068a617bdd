"""One search over everything this post may open: a few of each kind, and the way to the full list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from core.decisions.queries import Narrowed, decisions_in
from core.disclosure.queries import publications_in
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.people.queries import people_in
from core.people.sessions import role_title_of
from core.petitions.queries import Narrowed as Raised
from core.petitions.queries import petitions_in
from core.seals.queries import Narrowed as Uses
from core.seals.queries import uses_in
from core.supervision.queries import Narrowed as Warned
from core.supervision.queries import warnings_in
from core.tasks.queries.assignments import received_shares, sent_shares
from core.tasks.queries.filters import Filters
from core.tasks.queries.incoming import incoming_of
from core.tasks.queries.tasks import tasks_of
from core.tasks.workflows import ASSIGNMENT, INCOMING
from core.tenancy.queries.regions import search_regions
from web.answers import Answer, Request, page, request_now, say
from web.lists import as_list
from web.pages.decisions.words import state_of
from web.pages.disclosure.publications import state_title, tone_of
from web.pages.petitions.words import state_of as petition_state
from web.pages.regions.words import LEVELS
from web.pages.seals.words import line_of as use_line
from web.pages.supervision.words import line_of
from web.pages.tasks.lists import TASK_STATES, TASK_TONES
from web.routing import get_page
from web.wording import listed

FEW: Final = 5
LONGEST: Final = 50
_MOST_REGIONS: Final = 50  # as many as the page of regions shows


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that was found: where it is opened, and what tells it from its like."""

    title: str
    href: str
    note: str = ""
    tag: str = ""
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind; ``href`` is the full list with the same filter."""

    name: str
    title: str
    href: str
    hits: Sequence[Hit]
    total: int


@get_page("/search", permission="any")
async def search_page(request: Request, scope: Scope, q: str = "") -> Answer:
    """Find tasks, shares, incoming tasks, decisions, publications, matters, places and people, each only where the post may open its list."""
    text = " ".join(q.split())[:LONGEST]
    groups: list[Group] = []
    if text:
        async with transaction(scope):
            groups = await _found(request, scope, text)
    shown = [group for group in groups if group.hits]
    answer = page(
        request,
        "search/found.html",
        title=mark("查找"),
        q=text,
        groups=shown,
        total=sum(group.total for group in shown),
    )
    return as_list(request, answer)


async def _found(request: Request, scope: Scope, text: str) -> list[Group]:
    now, groups = request_now(request), []
    if scope.may("core:task:read"):
        groups += [await _tasks(request, scope, text, now), await _sent(request, scope, text, now)]
    if scope.may("core:assignment:work"):
        groups.append(await _received(request, scope, text, now))
    if scope.may("core:incoming:read"):
        groups.append(await _incoming(request, scope, text))
    if scope.may("core:decision:read"):
        groups.append(await _decisions(request, scope, text, now))
    if scope.may("core:disclosure:read"):
        groups.append(await _publications(request, scope, text))
    return groups + await _found_beside(request, scope, text, now)


async def _found_beside(request: Request, scope: Scope, text: str, now: datetime) -> list[Group]:
    groups = []
    if scope.may("core:seal:read"):
        groups.append(await _seals(request, scope, text, now))
    if scope.may("core:warning:read"):
        groups.append(await _warnings(request, scope, text, now))
    if scope.may("core:petition:read"):
        groups.append(await _petitions(request, scope, text, now))
    if scope.may("core:region:read"):
        groups.append(await _regions(request, scope, text))
    if scope.may("core:person:read"):
        groups.append(await _people(request, scope, text, now))
    return groups


def _group(request: Request, name: str, title: str, text: str, hits: list[Hit], total: int) -> Group:
    return Group(name, say(request, title), f"/{name}?q={quote(text)}", hits[:FEW], total)


async def _tasks(request: Request, scope: Scope, text: str, now: datetime) -> Group:
    rows, total = await tasks_of(scope, Filters(search=text), now=now)
    hits = [
        Hit(
            row.title, f"/tasks/{row.id}", f"{row.item_code} {row.sender_name}".strip(),
            say(request, TASK_STATES[row.state]), TASK_TONES[row.state],
        )
        for row in rows
    ]  # fmt: skip
    return _group(request, "tasks", mark("派出的任务"), text, hits, total)


def _share(request: Request, card: Any, whom: str) -> Hit:
    state = ASSIGNMENT.by_state[card.state]
    return Hit(card.title, f"/assignments/{card.id}", whom, say(request, state.title), state.tone)


async def _sent(request: Request, scope: Scope, text: str, now: datetime) -> Group:
    cards, total = await sent_shares(scope, Filters(search=text), now=now)
    hits = [_share(request, card, card.receiver_name) for card in cards]
    return _group(request, "shares", mark("各单位在办"), text, hits, total)


async def _received(request: Request, scope: Scope, text: str, now: datetime) -> Group:
    cards, total = await received_shares(scope, Filters(search=text), now=now)
    hits = [_share(request, card, card.sender_name) for card in cards]
    return _group(request, "my", mark("我的任务"), text, hits, total)


async def _incoming(request: Request, scope: Scope, text: str) -> Group:
    rows, total = await incoming_of(scope, Filters(search=text))
    hits = []
    for row in rows:
        state = INCOMING.by_state[row.state]
        told = f"{row.number} {row.sender_name}".strip()
        hits.append(Hit(row.title, f"/incoming/{row.id}", told, say(request, state.title), state.tone))
    return _group(request, "incoming", mark("来件"), text, hits, total)


async def _decisions(request: Request, scope: Scope, text: str, now: datetime) -> Group:
    rows, total = await decisions_in(scope, Narrowed(search=text), now=now)
    hits = []
    for row in rows:
        state, tone = state_of(request, row)
        step = say(request, row["step_title"]) if row["ended_at"] is None else ""
        hits.append(Hit(row["title"], f"/decisions/{row['id']}", f"{row['village']} {step}".strip(), state, tone))
    return _group(request, "decisions", mark("民主决策"), text, hits, total)


async def _publications(request: Request, scope: Scope, text: str) -> Group:
    rows, total = await publications_in(scope, search=text, limit=FEW)
    hits = [
        Hit(
            row.title, f"/publications/{row.id}", row.place_name, say(request, state_title(row, request)), tone_of(row, request)
        )
        for row in rows
    ]
    return _group(request, "publications", mark("公开内容"), text, hits, total)


async def _seals(request: Request, scope: Scope, text: str, now: datetime) -> Group:
    rows, total = await uses_in(scope, Uses(search=text), now=now)
    lines = [use_line(request, row, now) for row in rows]
    hits = [
        Hit(line["document"], line["href"], f"{line['place']} {line['number']}", line["state"], line["state_tone"])
        for line in lines
    ]
    return _group(request, "seals", mark("印章管理"), text, hits, total)


async def _warnings(request: Request, scope: Scope, text: str, now: datetime) -> Group:
    """Find warnings that the reader may handle; none that is about himself."""
    rows, total = await warnings_in(scope, Warned(search=text, show="all"), now=now)
    lines = [line_of(request, row, now) for row in rows]
    hits = [Hit(line["title"], line["href"], f"{line['place']} {line['model']}", line["state"], line["state_tone"]) for line in lines]
    return Group("warnings", say(request, mark("预警")), f"/warnings?show=all&q={quote(text)}", hits[:FEW], total)


async def _petitions(request: Request, scope: Scope, text: str, now: datetime) -> Group:
    """Find what villagers raised, by title or number; never what is about the reader."""
    rows, total = await petitions_in(scope, Raised(search=text), now=now)
    hits = []
    for row in rows:
        state, tone = petition_state(request, row)
        hits.append(Hit(row["title"], f"/petitions/{row['id']}", f"{row['place_name']} {row['number']}", state, tone))
    return Group("petitions", say(request, mark("群众反映")), f"/petitions?state_is=all&q={quote(text)}", hits[:FEW], total)


async def _regions(request: Request, scope: Scope, text: str) -> Group:
    rows = await search_regions(scope, text, limit=_MOST_REGIONS)
    hits = [
        Hit(row.name, f"/regions/{row.code}", f"{row.code} {row.place or ''}".strip(), say(request, LEVELS[row.level]))
        for row in rows
    ]  # fmt: skip
    return _group(request, "regions", mark("村和地方"), text, hits, len(rows))


async def _people(request: Request, scope: Scope, text: str, now: datetime) -> Group:
    rows, total = await people_in(scope, now=now, search=text)
    hits = []
    for row in rows:
        posts = [
            f"{say(request, role_title_of(post['role'], post['title'] or ''))} {post['place'] or ''}".strip()
            for post in row.posts
        ]
        hits.append(Hit(row.name, f"/people/{row.id}", listed(request, posts)))
    return _group(request, "people", mark("人员"), text, hits, total)


ROUTES: Final = [search_page]
