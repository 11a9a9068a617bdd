"""What the renderer promises to whoever writes a page."""

import re

import pytest
from jinja2 import DictLoader, UndefinedError
from markupsafe import Markup

from tests.web.components.samples import NOW, cadre, gallery_values, leader
from web.render import MenuItem, Renderer, attributes, fill, rich
from web.texts import Texts


def renderer(**templates: str) -> Renderer:
    """Return a renderer that also knows these templates (``name`` is asked for as ``name``)."""
    return Renderer(extra_loader=DictLoader(templates))


@pytest.mark.parametrize(
    "shell", [cadre(), leader(), cadre(language="en"), cadre(elder=True), cadre(back="/")]
)
def test_gallery_renders_for_every_shell(shell: object) -> None:
    page = Renderer().page(shell, "gallery.html", gallery_values())  # type: ignore[arg-type]
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>")


def test_text_is_escaped_in_pages_and_components() -> None:
    pages = renderer(
        page="{{ name }}{{ ui.tag(name) }}{{ ui.card }}{% call ui.card(title=name) %}{{ name }}{% endcall %}"
    )
    shown = pages.page(cadre(), "page", {"name": "<b>&\"'"})
    assert "<b>" not in shown
    assert shown.count("&lt;b&gt;&amp;&#34;&#39;") == 4


def test_a_missing_name_raises() -> None:
    with pytest.raises(UndefinedError):
        renderer(page="{{ nobody_gave_this }}").page(cadre(), "page")


def test_constant_texts_are_translated_per_language() -> None:
    pages = Renderer(
        extra_loader=DictLoader({"page": '{{ _("签收") }}/{{ _("共 %(n)s 件", n=2) }}/{{ _(word) }}'}),
        texts=Texts({"签收": ("Acknowledge",), "共 %(n)s 件": ("%(n)s in all",), "村": ("village",)}),
    )
    values = {"word": "村"}
    assert pages.page(cadre(), "page", values) == "签收/共 2 件/村"
    assert pages.page(cadre(language="en"), "page", values) == "Acknowledge/2 in all/village"


def test_text_given_to_translation_is_still_escaped() -> None:
    pages = renderer(page="{{ _(word) }}{{ _('%(a)s', a=word) }}")
    assert pages.page(cadre(), "page", {"word": "<i>"}) == "&lt;i&gt;&lt;i&gt;"


def test_forms_bring_the_token_of_the_page_they_are_on() -> None:
    pages = renderer(page='{% call ui.form("/x") %}{% endcall %}')
    assert 'name="csrf_token" value="one"' in pages.page(cadre(csrf_token="one"), "page")
    assert 'name="csrf_token" value="two"' in pages.page(cadre(csrf_token="two"), "page")


def test_a_fragment_must_be_named_as_one() -> None:
    with pytest.raises(ValueError, match="underscore"):
        Renderer().fragment(cadre(), "gallery.html")


@pytest.mark.parametrize("name", ["style", "onclick", "hx-on", "hx_on_click", "a b", "x>"])
def test_attributes_that_the_policy_forbids_raise(name: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        attributes({name: "x"})


def test_attributes_are_written_like_html() -> None:
    written = attributes(
        {"hx_get": '/a?b="c"&d', "class_": "x", "required": True, "min": 0, "max": None, "open": False}
    )
    assert written == ' hx-get="/a?b=&#34;c&#34;&amp;d" class="x" required min="0"'


def test_figures_stand_out_and_are_escaped() -> None:
    assert rich("<将派给 %(n)s 个村>", n="<3>") == Markup("&lt;将派给 <strong>&lt;3&gt;</strong> 个村&gt;")
    assert fill("{count} 个村", {"count": "<3>"}) == Markup("<strong>&lt;3&gt;</strong> 个村")


def test_a_plugin_cannot_shadow_our_templates(tmp_path: object) -> None:
    folder = tmp_path / "filter"  # type: ignore[operator]
    folder.mkdir()
    (folder / "base.html").write_text("mine")
    pages = Renderer(plugin_templates={"filter": folder})
    assert pages.page(cadre(), "filter/base.html") == "mine"
    assert pages.page(cadre(), "base.html").startswith("<!doctype html>")


def test_a_phone_has_at_most_four_places() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        cadre(bottom=tuple(MenuItem(str(n), "/") for n in range(5)))


def test_now_of_the_page_is_the_shells() -> None:
    assert renderer(page="{{ now|moment }}").page(cadre(now=NOW), "page") == "11月22日 周日 12:00"


def test_countys_words_stand_in_constants_and_in_texts_that_are_said_and_are_made_once() -> None:
    base = renderer(page="{{ _('网格员') }} {{ _(title) }} {{ name }} {{ _n('%(n)s 个网格', 2) }}")
    values = {"title": "村（社区）", "name": "网格员小学"}
    there = base.in_words((("村（社区）", "村居"), ("网格", "微<格>"), ("网格员", "枫桥网格员")))
    assert there.page(cadre(), "page", values) == "枫桥网格员 村居 网格员小学 2 个微&lt;格&gt;"
    assert base.page(cadre(), "page", values) == "网格员 村（社区） 网格员小学 2 个网格"
    english = cadre(language="en")
    assert there.page(english, "page", values) == base.page(english, "page", values)
    assert base.in_words((("村（社区）", "村居"), ("网格", "微<格>"), ("网格员", "枫桥网格员"))) is there
    assert base.in_words(()) is base
    for n in range(40):
        base.in_words((("网格", f"格{n}"),))
    assert len(base._in_words) == 32


ERRORS = """{{ ui.form_errors(errors) }}{{ ui.field("text", "title", "标<题>") }}{{ ui.segments("grade", "质量", [("a", "甲")], id="accept-grade") }}
{{ ui.upload_list("photos", "照片", "evidence", "1", onward="/") }}"""


def test_each_error_begins_with_the_name_of_its_field_and_leads_to_it() -> None:
    fields = {"title": "请填写这一项。", "accept-grade": "请选择。", "photos": "还差一张。", "nowhere": "有别的问题。"}
    page = renderer(page=ERRORS).page(cadre(), "page", {"errors": {"summary": "请修改", "fields": fields}})
    told = re.findall(r'<li><a href="#([^"]+)">([^<]*)</a></li>', page)
    assert told == [
        ("title", "标&lt;题&gt;：请填写这一项。"), ("accept-grade", "质量：请选择。"), ("photos", "照片：还差一张。"),
        ("nowhere", "有别的问题。"),
    ]  # fmt: skip
    for name in ("title", "accept-grade", "photos"):
        assert page.count(f' id="{name}"') == 1
    english = renderer(page=ERRORS).page(cadre(language="en"), "page", {"errors": {"summary": "", "fields": fields}})
    assert "照片: 还差一张。" in english


def test_what_leads_to_a_paused_module_cannot_be_sent() -> None:
    pages = renderer(
        page="""{% call ui.form("/sample/1?a=b", draft="/drafts/x") %}{{ ui.button("记下") }}{% endcall %}
{% call ui.form("/sample", method="get") %}{{ ui.button("查找") }}{% endcall %}{% call ui.form("/samples") %}{{ ui.button("别的") }}{% endcall %}
{{ ui.act("删除", "/sample/1/drop", confirm="将删除。") }}{{ ui.toggle(true, "开关", "/sample/1/on") }}{{ ui.button("取", hx_post="/sample/1/take") }}
{{ ui.act("催办", "/tasks/1/remind") }}"""
    )
    stopped = pages.page(cadre(paused=frozenset({"sample"})), "page")
    assert re.findall(r"<button[^>]* disabled[^>]*>([^<]*)<", stopped) == ["删除", "", "取"]
    held = re.findall(r"<fieldset [^>]*disabled>(.*?)</fieldset>", stopped, re.DOTALL)
    assert ["记下" in part for part in held] == [True]
    assert "data-draft" not in stopped
    going = pages.page(cadre(), "page")
    assert "disabled" not in going
    assert 'data-draft="/drafts/x"' in going
