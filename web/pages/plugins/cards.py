"""The county's plugins as cards, and one plugin with everything it adds."""

from dataclasses import dataclass
from typing import Any, Final

from core.contracts.manifest import PluginState
from core.contracts.permissions import Permission
from core.contracts.registry import current
from core.extension.queries import (
    PluginCard,
    differing_below,
    granted_to,
    plugin_card,
    plugin_cards,
    plugin_history,
)
from core.extension.workflows import COUNTY, PLUGIN_LIFE
from core.kernel.database import transaction
from core.kernel.errors import mark
from core.kernel.scope import Scope
from core.kernel.workflow import Transition
from core.people.permissions import title_of
from core.people.roles import ready_roles
from web.answers import say_n
from web.api import Answer, Request, get_page, page, request_now, say

READ: Final = "core:plugin:read"
SET: Final = "core:setting:edit"
COUNTY_LEVEL: Final = 3
_TONES: Final = {PluginState.ON: "good", PluginState.PAUSED: "notice"}


@dataclass(frozen=True, slots=True)
class CardView:
    """One card in the reader's words: ``ways`` are the switches that this reader may make now."""

    card: PluginCard
    title: str
    state: str
    tone: str
    counts: tuple[str, ...]
    requires: tuple[str, ...]
    ways: tuple[Transition, ...]
    settings: bool

    @property
    def is_on(self) -> bool:
        """Whether the switch shows on."""
        return self.card.standing.state is PluginState.ON

    @property
    def toggles(self) -> Transition | None:
        """What a touch of the switch leads to: on, or off."""
        target = PluginState.OFF if self.is_on else PluginState.ON
        return next((way for way in self.ways if way.target == target), None)


@get_page("/plugins", permission=READ)
async def plugins_page(request: Request, scope: Scope) -> Answer:
    """Show every plugin that this county may know of."""
    async with transaction(scope):
        cards = await plugin_cards(scope)
        differing = await differing_below(scope, at=request_now(request))
    shown = [c for c in cards if c.standing.state is not PluginState.INSTALLED and c.manifest is not None]
    other = [c for c in cards if c not in shown]
    return page(
        request,
        "plugins/list.html",
        title=mark("功能模块"),
        cards=[view_of(request, scope, card) for card in shown],
        differing=differing,
        other=[view_of(request, scope, card) for card in other],
    )


@get_page("/plugins/{plugin:str}", permission=READ)
async def plugin_page(request: Request, scope: Scope, plugin: str) -> Answer:
    """Show one plugin: what it adds, what it needs, who may do what, and its history."""
    async with transaction(scope):
        card = await plugin_card(scope, plugin)
        history = await plugin_history(scope, plugin)
    view = view_of(request, scope, card)
    return page(
        request,
        "plugins/one.html",
        title=view.title,
        back="/plugins",
        view=view,
        history=[_entry(request, change) for change in history],
        **adds_of(request, card),
    )


def view_of(request: Request, scope: Scope, card: PluginCard) -> CardView:
    """Put a card into the reader's words. Switches are the county's; a township reads."""
    state = PLUGIN_LIFE.by_state[card.standing.state]
    held = scope.permissions if scope.level == COUNTY_LEVEL else frozenset()
    known = card.manifest is not None
    ways = PLUGIN_LIFE.open_transitions(state.name, held, side=COUNTY) if known else ()
    return CardView(
        card,
        say(request, card.manifest.title) if card.manifest else card.name,
        say(request, state.title) if known else say(request, mark("本服务器未安装")),
        _TONES.get(card.standing.state, "plain"),
        counts_of(request, card),
        _required(request, card),
        tuple(ways),
        card.adds is not None and card.adds.settings > 0 and SET in scope.permissions,
    )


def _required(request: Request, card: PluginCard) -> tuple[str, ...]:
    known = current().manifests
    needed = card.manifest.requires if card.manifest else ()
    return tuple(say(request, known[name].title) for name in needed)


def counts_of(request: Request, card: PluginCard) -> tuple[str, ...]:
    """Say how much a plugin adds, in the words of the card: 4 个页面, 2 个角色 …."""
    if card.adds is None:
        return ()
    adds = card.adds
    counted = (
        (adds.pages, mark("%(n)s 个页面")),
        (len(adds.permissions), mark("%(n)s 项权限")),
        (len(adds.roles), mark("%(n)s 个角色")),
        (len(adds.rules), mark("%(n)s 条规则")),
        (len(adds.task_kinds), mark("%(n)s 种任务")),
        (len(adds.score_sources), mark("%(n)s 个得分来源")),
        (adds.jobs, mark("%(n)s 个后台作业")),
    )
    return tuple(say_n(request, text, number) for number, text in counted if number)


def adds_of(request: Request, card: PluginCard) -> dict[str, Any]:
    """Give the titles of what a plugin adds, for its own page and for the page before a switch."""
    if card.adds is None:
        return {"adds": [], "grants": []}
    groups = (
        (mark("角色"), card.adds.roles),
        (mark("权限"), card.adds.permissions),
        (mark("规则"), card.adds.rules),
        (mark("任务种类"), card.adds.task_kinds),
        (mark("得分来源"), card.adds.score_sources),
    )
    roles = ready_roles()
    own = {each.name: each for each in current().by_plugin(Permission, card.name)}
    return {
        "adds": [
            (say(request, title), [say(request, each) for each in names]) for title, names in groups if names
        ],
        "grants": [
            (say(request, roles[role].title), [say(request, title_of(name, own)) for name in names])
            for role, names in granted_to(current(), card.name).items()
        ],
    }


def _entry(request: Request, change: Any) -> dict[str, Any]:
    states = PLUGIN_LIFE.by_state
    what = say(
        request,
        mark("由“%(before)s”改为“%(after)s”"),
        before=states[change.from_state].title,
        after=states[change.to_state].title,
    )
    return {"who": change.by_name, "what": what, "at": change.at, "note": change.reason}
