"""Whoever asks with GET for an address that only takes forms is led to the page of the form; walls and sign-in stay what they were."""

import httpx
import pytest
from litestar import Litestar

from core.kernel.ids import new_id
from core.kernel.settings import Settings
from tests.factories.world import sent
from tests.web.pages.conftest import ClientFor, Site, client_for, served, site
from tests.web.visitors import ORIGIN
from web.app import create_app
from web.routing import get_page, landings, post_form

__all__ = ["client_for", "served", "site"]


def _handlers(app: Litestar) -> dict[tuple[str, str], object]:
    found = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            found |= {(str(method), route.path): handler for method in handler.http_methods}
    return found


def test_every_address_of_a_form_answers_a_get_or_leads_to_a_page_above_it() -> None:
    handlers = _handlers(create_app(Settings()))
    forms = [path for method, path in handlers if method == "POST"]
    assert len(forms) > 150
    faults = []
    for path in forms:
        own = handlers.get(("GET", path))
        above = own.opt.get("lands_on") if own is not None else None  # type: ignore[attr-defined]
        if own is None:
            faults.append(path)
        elif above is not None:
            page = handlers[("GET", above)]
            if not path.startswith(above) or page.opt.get("lands_on"):  # type: ignore[attr-defined]
                faults.append(f"{path} leads to {above}")
            if own.opt["permission"] != handlers[("POST", path)].opt["permission"]:  # type: ignore[attr-defined]
                faults.append(f"{path} asks for another permission than its form")
    assert faults == []


async def test_a_reload_of_a_refused_form_leads_to_its_page(site: Site, client_for: ClientFor) -> None:
    county = site.world.nan
    task = (await sent(county, regions=(county.village,))).task
    leader = await client_for(county.posts["township_leader"])
    refused = await leader.send(f"/tasks/{task}/withdraw", reason="")
    assert refused.status_code == 422
    answer = await leader.get(f"/tasks/{task}/withdraw?from=board")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tasks/{task}?from=board")


async def test_ids_nobody_has_or_another_county_has_answer_as_on_the_page(site: Site, client_for: ClientFor) -> None:
    task = (await sent(site.world.zhu, regions=(site.world.zhu.village,))).task
    leader = await client_for(site.world.nan.posts["township_leader"])
    on_page = await leader.get(f"/tasks/{task}")
    answers = [await leader.get(f"/tasks/{each}/withdraw") for each in (task, new_id())]
    assert [each.status_code for each in answers] == [404, 404]
    assert {_told(each) for each in answers} == {_told(on_page)}


def _told(answer: httpx.Response) -> str:
    """Give what is told, without the frame, which knows the address."""
    body = answer.text
    return body[body.index("<main") : body.index("</main>")]


async def test_whoever_may_not_send_the_form_is_told_so_and_strangers_sign_in(site: Site, client_for: ClientFor) -> None:
    county = site.world.nan
    task = (await sent(county, regions=(county.village,))).task
    cadre = await client_for(county.posts["village_cadre"])
    assert (await cadre.get(f"/tasks/{task}/withdraw")).status_code == 403
    transport = httpx.ASGITransport(app=site.first)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as stranger:
        answer = await stranger.get(f"/tasks/{task}/withdraw")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next=/tasks/{task}/withdraw")


@pytest.mark.parametrize("pages", [["/boards"], []])
def test_a_form_without_any_page_above_it_gets_none(pages: list[str]) -> None:
    async def run() -> None: ...

    made = landings([get_page(path, permission="any")(run) for path in pages] + [post_form("/lists/new", permission="any")(run)])
    assert made == []
