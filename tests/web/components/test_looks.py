"""What large print, paper and long pages do to the looks: one row on top, tables that stay tables, blocks with air between."""

import pytest
from jinja2 import DictLoader
from playwright.sync_api import Browser, Page

from tests.web.components.conftest import Desk
from tests.web.components.samples import cadre, gallery_values, leader
from web.render import Renderer, Shell

pytestmark = pytest.mark.e2e
LEAST_AIR = 4  # pixels
TOUCHING = """(least) => {
  const seen = [...document.querySelector('main').children].filter((one) => one.offsetHeight > 1 && getComputedStyle(one).position !== 'sticky');
  const boxes = seen.map((one) => [one, one.getBoundingClientRect()]);
  return boxes.slice(1).filter(([, box], n) => box.top - boxes[n][1].bottom < least).map(([one]) => one.outerHTML.slice(0, 120));
}"""


def shown(browser: Browser, desk: Desk, shell: Shell, width: int, page: str = "gallery.html") -> Page:
    """Open a page of templates alone at this width."""
    desk.pages["/"] = Renderer().page(shell, page, gallery_values())
    opened = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    opened.goto(desk.address)
    return opened


@pytest.mark.parametrize("language", ["zh", "en"])
def test_large_print_keeps_the_top_of_a_phone_in_one_row(browser: Browser, desk: Desk, language: str) -> None:
    page = shown(browser, desk, cadre(elder=True, language=language), 390)
    rows = page.evaluate(
        "[...document.querySelectorAll('.top-post, .top-end > *')].filter((e) => e.offsetHeight > 1)"
        ".map((e) => e.getBoundingClientRect()).map((box) => Math.round((box.top + box.bottom) / 2))"
    )
    place = page.evaluate("document.querySelector('.post-place').scrollWidth - document.querySelector('.post-place').clientWidth")
    page.context.close()
    assert len(rows) >= 3
    assert max(rows) - min(rows) <= 8, rows
    assert place <= 0


@pytest.mark.parametrize("elder", [False, True])
@pytest.mark.parametrize("width", [390, 1366])
def test_blocks_of_a_page_do_not_touch(browser: Browser, desk: Desk, width: int, elder: bool) -> None:  # noqa: FBT001
    page = shown(browser, desk, cadre(elder=elder), width)
    touching = page.evaluate(TOUCHING, LEAST_AIR)
    page.context.close()
    assert touching == []


STEPS = """{% extends "page.html" %}{% block content %}
{{ ui.stepper([{"name": "党组织提议", "state": "done", "when": "11月2日"}, {"name": "村两委商议", "state": "failed"}, {"name": "党员大会审议", "state": "todo"},
  {"name": "村民（代表）会议决议", "state": "todo"}, {"name": "决议公开", "state": "todo"}, {"name": "结果公开", "state": "todo"}]) }}
{{ ui.stepper([{"name": "提示", "state": "done"}, {"name": "接办", "state": "late"}, {"name": "核查", "state": "todo"}, {"name": "整改", "state": "todo"},
  {"name": "复核", "state": "todo"}, {"name": "办结", "state": "todo"}]) }}
{% endblock %}"""
COUNTED = """{% extends "page.html" %}{% block content %}<div class="table-panel" id="panel">
{{ ui.data_table("决策", [{"key": "title", "label": "事项"}], [{"title": "修桥"}], count="共 8 件") }}</div>
{% call ui.card("决策", flush=true, id="flush") %}{{ ui.data_table("决策", [{"key": "title", "label": "事项"}], [{"title": "修桥"}], count="共 8 件") }}{% endcall %}{% endblock %}"""
AIR = """(id) => {
  const box = document.getElementById(id), line = box.querySelector('.table-count'), range = document.createRange();
  range.selectNodeContents(line);
  const words = range.getBoundingClientRect(), edge = box.getBoundingClientRect();
  return [words.left - edge.left, words.top - (box.querySelector('.card-head') ?? box).getBoundingClientRect()[box.querySelector('.card-head') ? 'bottom' : 'top']];
}"""


@pytest.mark.parametrize("width", [390, 1366])
def test_words_over_a_table_keep_off_the_edge_of_its_panel(browser: Browser, desk: Desk, width: int) -> None:
    desk.pages["/"] = Renderer(extra_loader=DictLoader({"counted": COUNTED})).page(leader(), "counted", {})
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    page.goto(desk.address)
    boxes = ["flush", "panel"] if width > 992 else ["flush"]  # on a phone the rows are cards and the panel is no box
    air = {box: page.evaluate(AIR, box) for box in boxes}
    page.context.close()
    assert all(left >= 12 and top >= 8 for left, top in air.values()), air


def test_steps_of_a_task_stand_below_each_other_in_large_print(browser: Browser, desk: Desk) -> None:
    tops = {}
    for elder in (False, True):
        page = shown(browser, desk, cadre(elder=elder), 390)
        tops[elder] = page.evaluate(
            "new Set([...document.querySelector('.stepper').children].map((e) => e.offsetTop)).size"
        )
        page.context.close()
    assert tops[False] == 1
    assert tops[True] > 2


def test_long_names_of_steps_stand_below_each_other_on_a_narrow_phone_and_short_ones_beside_each_other(browser: Browser, desk: Desk) -> None:
    desk.pages["/"] = Renderer(extra_loader=DictLoader({"steps": STEPS})).page(leader(), "steps", {})
    found = {}
    for width in (390, 1366):
        page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
        page.goto(desk.address)
        found[width] = page.evaluate(
            """[...document.querySelectorAll('.stepper')].map((all) => {
                const names = [...all.querySelectorAll('.stepper-name')];
                const lines = (e) => Math.round(e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight));
                return [new Set([...all.children].map((e) => e.offsetTop)).size, Math.max(...names.map(lines))];
            })"""
        )
        assert page.locator(".stepper .is-failed").first.get_attribute("aria-current") == "step"
        page.context.close()
    assert found == {390: [[6, 1], [1, 1]], 1366: [[1, 1], [1, 1]]}


def test_every_page_at_the_desk_has_the_switch_to_large_print(browser: Browser, desk: Desk) -> None:
    page = shown(browser, desk, leader(back="/tasks"), 1366)
    assert page.locator(".top").get_by_role("button", name="长辈版").is_visible()
    page.context.close()


def test_paper_shows_tables_and_nothing_to_press(browser: Browser, desk: Desk) -> None:
    page = shown(browser, desk, leader(), 794)
    assert page.locator(".data-table thead").first.is_visible() is False
    page.emulate_media(media="print")
    assert page.locator(".data-table thead").first.is_visible()
    pressed = page.locator("button, .btn, nav.side, header.top").evaluate_all(
        "(all) => all.filter((e) => e.offsetHeight > 0 && !e.matches('.post-choice, .toggle')).map((e) => e.outerHTML.slice(0, 100))"
    )
    page.context.close()
    assert pressed == []
