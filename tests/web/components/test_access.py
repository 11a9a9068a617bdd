"""axe finds no serious fault in the gallery, which has every component, nor in the shells."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.web.components.conftest import Desk
from tests.web.components.samples import cadre, gallery_values, leader
from web.render import Renderer, Shell

AXE = Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js"
NOBODY = {"person_name": "", "menu": (), "bottom": (), "region_path": ()}
ERROR = {"status": 404, "happened": "没有找到。", "kept": None, "todo": "请检查地址。"}

LOOKS: dict[str, tuple[str, Shell, dict[str, Any], int]] = {
    "phone": ("gallery.html", cadre(), gallery_values(), 390),
    "desktop": ("gallery.html", leader(), gallery_values(), 1366),
    "elder": ("gallery.html", cadre(elder=True), gallery_values(), 390),
    "english": ("gallery.html", leader(language="en"), gallery_values(), 1366),
    "back": ("error.html", cadre(back="/"), ERROR, 390),
    "signed out": ("error.html", cadre(**NOBODY), ERROR, 390),
    "paper": ("print.html", leader(), {}, 1366),
}


@pytest.mark.e2e
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_no_serious_fault(browser: Browser, desk: Desk, look: str) -> None:
    template, shell, values, width = LOOKS[look]
    desk.pages["/"] = Renderer().page(shell, template, values)
    context = browser.new_context(viewport={"width": width, "height": 16000}, bypass_csp=True)
    page = context.new_page()
    page.goto(desk.address)
    for folded in page.locator("details").all():
        folded.evaluate("element => element.open = true")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    context.close()
    faults = [
        f"{fault['impact']} {fault['id']}: {node['html'][:160]} {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical", "moderate"}
        for node in fault["nodes"]
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.e2e
@pytest.mark.parametrize("look", LOOKS)
def test_nothing_is_wider_than_the_window(browser: Browser, desk: Desk, look: str) -> None:
    template, shell, values, width = LOOKS[look]
    desk.pages["/"] = Renderer().page(shell, template, values)
    context = browser.new_context(viewport={"width": min(width, 1366), "height": 844})
    page = context.new_page()
    page.goto(desk.address)
    for wide in (width, 360) if width < 992 else (width, 1024):
        page.set_viewport_size({"width": wide, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= wide
    context.close()


@pytest.mark.e2e
def test_what_a_thumb_hits_is_44_pixels_high(browser: Browser, desk: Desk) -> None:
    desk.pages["/"] = Renderer().page(cadre(), "gallery.html", gallery_values())
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(desk.address)
    small = page.evaluate(
        """() => [...document.querySelectorAll('.btn, .top-link, .top-back, .bottom-bar a, .tabs a, .link-button, .form-check')]
        .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML.slice(0, 120))"""
    )
    context.close()
    assert small == []
