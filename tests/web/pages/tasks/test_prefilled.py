"""What the dispatch page brings along can be sent as it stands."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from core.tasks.actions.dispatching import Item
from core.tasks.enums import Level
from tests.core.tasks.steps import row_of, share_of
from tests.factories.world import SECOND_VILLAGE
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
    answer = await leader.send("/tasks/new", **{**fields, "regions": villages, "points": "3" if brought else "5"})
    assert answer.status_code == 303, words_of(answer.text)[:300]
    task = await row_of(served.admin, "task", made_by(answer.headers["location"]))
    assert (task["item_code"], task["receivers"]) == (brought or "V12", 2)
    assert (await row_of(served.admin, "assignment", share))["item_code"] == code
