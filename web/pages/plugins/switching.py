"""Switching a plugin: first a page that says what will happen, then the switch with its reason. Works without scripts."""

from typing import Final

from core.contracts.manifest import PluginState
from core.extension.actions import REASON_MOST, switch_plugin
from core.extension.queries import plugin_card
from core.extension.workflows import PLUGIN_LIFE, SWITCH
from core.kernel.database import transaction
from core.kernel.errors import Invalid, NotFound, mark
from core.kernel.scope import Scope
from web.api import Answer, Form, Request, first, form_of, get_page, page, post_form, request_now, see_other
from web.pages.plugins.cards import COUNTY_LEVEL, adds_of, view_of

_TITLES: Final = {
    "switch_on": mark("开启“%(title)s”"),
    "pause": mark("暂停“%(title)s”"),
    "resume": mark("恢复“%(title)s”"),
    "switch_off": mark("关闭“%(title)s”"),
}
_DONE: Final = {
    "switch_on": mark("已开启，马上生效。"),
    "pause": mark("已暂停：可以查看，不能新增。"),
    "resume": mark("已恢复，马上生效。"),
    "switch_off": mark("已关闭，数据都保留着。"),
}


@post_form("/plugins/{plugin:str}/switch", permission=SWITCH)
async def switch_from_card(request: Request, scope: Scope, plugin: str) -> Answer:
    """Lead from the card's switch to the page that asks for the reason. Changes nothing itself."""
    on = first(await form_of(request), "on") == "1"
    async with transaction(scope):
        card = await plugin_card(scope, plugin)
    back = "resume" if card.standing.state is PluginState.PAUSED else "switch_on"
    return see_other(request, f"/plugins/{plugin}/switch/{back if on else 'switch_off'}")


@get_page("/plugins/{plugin:str}/switch/{way:str}", permission=SWITCH)
async def switch_page(request: Request, scope: Scope, plugin: str, way: str) -> Answer:
    """Say what the switch will change, and ask for the reason."""
    return await _ask(request, scope, plugin, way)


@post_form("/plugins/{plugin:str}/switch/{way:str}", permission=SWITCH)
async def switch_now(request: Request, scope: Scope, plugin: str, way: str) -> Answer:
    """Make the switch; it holds from the next request on, in every process."""
    form = await form_of(request)
    now = request_now(request)
    try:
        async with transaction(scope):
            await switch_plugin(scope, plugin=plugin, transition=way, reason=first(form, "reason"), now=now)
    except Invalid as error:
        return await _ask(request, scope, plugin, way, error=error, form=form)
    return see_other(request, "/plugins", flash=_DONE[way])


async def _ask(
    request: Request,
    scope: Scope,
    plugin: str,
    way: str,
    *,
    error: Invalid | None = None,
    form: Form | None = None,
) -> Answer:
    if way not in _TITLES or scope.level != COUNTY_LEVEL:
        raise NotFound
    async with transaction(scope):
        card = await plugin_card(scope, plugin)
    if card.manifest is None or card.standing.state is PluginState.INSTALLED:
        raise NotFound
    transition = PLUGIN_LIFE.by_transition[way]
    view = view_of(request, scope, card)
    return page(
        request,
        "plugins/switch.html",
        title=mark("切换功能模块"),
        back="/plugins",
        status=422 if error else 200,
        errors=error,
        form=form,
        heading=(_TITLES[way], {"title": view.title}),
        view=view,
        transition=transition,
        open=transition in view.ways,
        blocked_by=card.missing if transition.target == PluginState.ON else card.used_by,
        reason_most=REASON_MOST,
        **adds_of(request, card),
    )
