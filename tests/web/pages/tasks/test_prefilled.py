"""What the dispatch page brings along can be sent as it stands."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from core.tasks.actions.dispatching import Item
from core.tasks.enums import Level
from tests.core.tasks.steps import row_of, share_of
from tests.factories.world import SECOND_VILLAGE, handed
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.main_job import main_part, sent, words_of
from tests.web.pages.tasks.test_tasks import made_by


class _Offered(HTMLParser):
    """Reads the fields of a page as a browser would send them untouched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str | list[str]] = {}
        self._text = ""
        self.feed(re.sub(r"<template>.*?</template>", "", main_part(page), flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, kind = given.get("name") or "", given.get("type") or "text"
        self._text = name if tag == "textarea" else ""
        if self._text:
            self.fields[name] = ""
        elif tag == "input" and name and (kind not in {"checkbox", "radio", "file"} or "checked" in given):
            self.fields[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        self._text = "" if tag == "textarea" else self._text

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._text] = f"{self.fields[self._text]}{data}".strip()


@pytest.mark.parametrize(("code", "brought"), [("T31", ""), ("V13", "V13"), ("", "")])
async def test_split_brings_only_a_code_that_the_villages_list_has(
    served: Site, client_for: ClientFor, code: str, brought: str
) -> None:
    nan = served.world.nan
    changes: dict[str, Any] = {"regions": (nan.township,), "level": Level.TOWNSHIP, "title": "圩堤隐患排查"}
    above = (await sent(nan, "county_department", item=Item(code=code, title="防汛抢险"), **changes)).task
    share = await share_of(served.admin, above, nan.township)
    leader = await client_for(nan.posts["township_leader"])
    fields = _Offered((await leader.get(f"/tasks/new?assignment={share}")).text).fields
    assert (fields["title"], fields["item_code"]) == ("圩堤隐患排查", brought)
    villages = [nan.village, nan.code + SECOND_VILLAGE]
    answer = await leader.send("/tasks/new", **{**fields, "regions": villages})
    assert answer.status_code == 303, words_of(answer.text)[:300]
    task = await row_of(served.admin, "task", made_by(answer.headers["location"]))
    assert (task["item_code"], task["points"], task["receivers"]) == (brought or "V12", 3 if brought else 5, 2)
    assert (await row_of(served.admin, "assignment", share))["item_code"] == code


async def test_points_left_empty_are_those_of_the_list(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    leader = await client_for(nan.posts["township_leader"])
    page = (await leader.get("/tasks/new")).text
    assert "不填就按清单参考分" in page
    offered = _Offered(page).fields
    assert offered["points"] == ""
    written = {**offered, "title": "圩堤隐患排查", "body": "请各村排查。", "regions": [nan.village]}
    changed = await leader.send("/tasks/new", **{**written, "points": "6"})
    assert (changed.status_code, "清单参考分是 5 分，您填的是 6 分" in changed.text) == (422, True)
    answer = await leader.send("/tasks/new", **written)
    assert answer.status_code == 303, words_of(answer.text)[:300]
    assert (await row_of(served.admin, "task", made_by(answer.headers["location"])))["points"] == 5


async def test_matter_without_an_entry_needs_points_and_brings_some(served: Site, client_for: ClientFor) -> None:
    nan = served.world.nan
    incoming = (await handed(nan)).id
    await served.admin.execute("UPDATE incoming_task SET item_id = NULL, item_code = '' WHERE id = $1", incoming)
    leader = await client_for(nan.posts["township_leader"])
    offered = {**_Offered((await leader.get(f"/tasks/new?incoming={incoming}")).text).fields, "regions": [nan.village]}
    missing = await leader.send("/tasks/new", **{**offered, "points": ""})
    assert (missing.status_code, "清单里没有参考分，请填写分值。" in missing.text) == (422, True)
    answer = await leader.send("/tasks/new", **offered)
    assert answer.status_code == 303, words_of(answer.text)[:300]
    assert (await row_of(served.admin, "task", made_by(answer.headers["location"])))["points"] == 2
