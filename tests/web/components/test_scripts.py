"""What the scripts do, in a real browser: uploads over a line that breaks, drafts, confirmations, selection, scoring."""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from jinja2 import DictLoader
from playwright.sync_api import Page, expect

from tests.web.components.conftest import PART, Desk
from tests.web.components.samples import cadre, due
from web.render import Renderer

pytestmark = pytest.mark.e2e
SHA = Path(__file__).parents[3] / "web/assets/js/sha256.js"

WORK = """{% extends "page.html" %}{% block content %}
{% call ui.form("/send", draft="/draft", id="work") %}{{ ui.field("textarea", "body", "办理情况") }}{{ ui.draft_mark() }}
{{ ui.upload_list("photos", "文件", purpose="evidence", subject="a-1", kind="file", minimum=2, name="files") }}{% endcall %}
{{ ui.upload_form("photos", "evidence", "a-1", "/") }}
{% call ui.sticky_action(missing=[("photos", "还差 2 张照片", "还差 {n} 张照片"), ("body", "请写办理情况", "")]) %}
{{ ui.button("提交成果", tone="primary", form="work", confirm="提交后不能再改。") }}{% endcall %}{% endblock %}"""

DISPATCH = """{% extends "page.html" %}{% block content %}{% call ui.form("/dispatch", id="f") %}
{{ ui.select_tools("villages") }}
{{ ui.data_table("村社", [{"key": "name", "label": "村社"}], rows, select="village", selected=("b",), id="villages") }}
{{ ui.field("number", "points", "分值", value=5) }}{{ ui.field("datetime", "due", "截止", value=due) }}
{{ ui.live_sum("将派给 {count} 个村，每村 {points} 分，截止 {due}。", of="village", values={"count": 1, "points": 5, "due": ""}) }}
{% endcall %}
<div data-scoring>{% for row in rows %}<div data-score-row tabindex="-1">{{ ui.segments("q-" ~ row.id, row.name, [("1.2", "优"), ("1.0", "良")]) }}</div>{% endfor %}</div>
{% endblock %}"""


PICK = """{% extends "page.html" %}{% block content %}{% call ui.form("/dispatch", id="f") %}
{{ ui.field("radio", "mode", "方式", options=[("named", "指定"), ("open", "开放")], value="named", required=true) }}
{{ ui.field("number", "places", "名额", value=2) }}
<div class="when-named">{{ ui.pick_grid("p", "接收单位", "regions", groups, ("水口",)) }}</div>
<div class="when-named">{{ ui.live_sum("将派给 {count} 个单位", of="regions offices", values={"count": 1}) }}</div>
<div class="when-open">{{ ui.live_sum("将开放 {places} 个名额", of="regions", values={"places": 2}) }}</div>
{{ ui.button("派发") }}{% endcall %}{% endblock %}"""


def _open(desk: Desk, page: Page, template: str, **values: object) -> None:
    pages = Renderer(extra_loader=DictLoader({"page": template}))
    desk.pages["/"] = pages.page(cadre(back="/"), "page", values)
    page.goto(desk.address)
    page.wait_for_function("document.documentElement.classList.contains('js')")


def _choose(page: Page, *files: tuple[str, bytes]) -> None:
    chosen = [{"name": name, "mimeType": "application/pdf", "buffer": content} for name, content in files]
    page.locator("#photos input[type=file]").first.set_input_files(chosen)  # type: ignore[arg-type]


def test_a_file_arrives_whole_in_parts(desk: Desk, phone: Page) -> None:
    content = os.urandom(PART * 2 + 1000)
    _open(desk, phone, WORK)
    _choose(phone, ("纪要.pdf", content))
    expect(phone.locator("[data-status]")).to_have_text("已上传 · 1.0 MB")
    assert desk.puts == [("u1", 0), ("u1", 1), ("u1", 2)]
    assert desk.content("u1") == content
    asked = desk.uploads["u1"]["asked"]
    assert asked == {
        "name": "纪要.pdf",
        "size": len(content),
        "type": "application/pdf",
        "sha256": hashlib.sha256(content).hexdigest(),
        "purpose": "evidence",
        "subject": "a-1",
    }
    assert phone.locator("input[name=files]").input_value() == "file-u1"
    expect(phone.locator("[data-missing-for=photos]")).to_have_text("还差 1 张照片")


def test_a_broken_line_is_waited_out_and_no_part_goes_twice(desk: Desk, phone: Page) -> None:
    content = os.urandom(PART * 3)
    _open(desk, phone, WORK)
    desk.break_after = 2
    _choose(phone, ("a.pdf", content))
    expect(phone.locator("[data-state=broken] [data-status]")).to_contain_text("信号弱，断了会接着传")
    desk.break_after = -1
    phone.evaluate("dispatchEvent(new Event('online'))")
    expect(phone.locator("[data-state=done]")).to_have_count(1)
    assert desk.puts == [("u1", 0), ("u1", 1), ("u1", 2)]
    assert desk.content("u1") == content


def test_a_file_chosen_again_after_a_reload_goes_on(desk: Desk, phone: Page) -> None:
    content = os.urandom(PART * 3)
    _open(desk, phone, WORK)
    desk.break_after = 2
    _choose(phone, ("a.pdf", content))
    expect(phone.locator("[data-state=broken]")).to_have_count(1)
    desk.break_after = -1
    phone.once("dialog", lambda dialog: dialog.accept())
    phone.reload()
    phone.wait_for_function("document.documentElement.classList.contains('js')")
    _choose(phone, ("a.pdf", content))
    expect(phone.locator("[data-state=done]")).to_have_count(1)
    assert list(desk.uploads) == ["u1"]
    assert desk.puts == [("u1", 0), ("u1", 1), ("u1", 2)]


PLAIN = """{% extends "page.html" %}{% block content %}{% call ui.form("/send", id="f") %}
{{ ui.field("text", "title", "标题") }}{{ ui.button("提交过筛") }}{% endcall %}{% endblock %}"""


def test_a_form_stays_while_the_line_is_broken(desk: Desk, phone: Page) -> None:
    _open(desk, phone, PLAIN)
    phone.get_by_label("标题").fill("圩堤排查")
    phone.context.set_offline(True)
    try:
        phone.get_by_role("button", name="提交过筛").click()
        expect(phone.locator("#live")).to_contain_text("网络断开了。您写的内容还在")
        assert phone.get_by_label("标题").input_value() == "圩堤排查"
        assert phone.url == f"{desk.address.rstrip('/')}/"
    finally:
        phone.context.set_offline(False)
    with phone.expect_request("**/send"):
        phone.get_by_role("button", name="提交过筛").click()


def test_the_same_file_is_not_taken_twice(desk: Desk, phone: Page) -> None:
    _open(desk, phone, WORK)
    _choose(phone, ("a.pdf", b"one"))
    expect(phone.locator("[data-state=done]")).to_have_count(1)
    _choose(phone, ("copy.pdf", b"one"))
    expect(phone.locator("[data-state=refused] [data-status]")).to_have_text("这个文件已经选过了")
    assert list(desk.uploads) == ["u1"]


def test_a_paused_file_lets_the_next_one_pass_and_goes_on(desk: Desk, phone: Page) -> None:
    _open(desk, phone, WORK)
    desk.break_after = 1
    _choose(phone, ("a.pdf", os.urandom(PART * 2)))
    expect(phone.locator("[data-state=broken]")).to_have_count(1)
    phone.get_by_role("button", name="暂停").click()
    expect(phone.locator("[data-state=paused]")).to_have_count(1)
    desk.break_after = -1
    _choose(phone, ("b.pdf", b"small"))
    expect(phone.locator("[data-state=done]")).to_have_count(1)
    phone.get_by_role("button", name="继续").click()
    expect(phone.locator("[data-state=done]")).to_have_count(2)
    expect(phone.locator("[data-missing-for=photos]")).to_be_hidden()


def test_what_is_not_taken_says_why_and_another_is_chosen_in_its_place(desk: Desk, phone: Page) -> None:
    _open(desk, phone, WORK)
    desk.refuse_with = "文件太大，最多 20 MB。"
    _choose(phone, ("a.pdf", b"one"))
    expect(phone.locator("[data-state=rejected] [data-status]")).to_have_text("文件太大，最多 20 MB。")
    expect(phone.get_by_role("button", name="重试")).to_be_hidden()
    assert phone.locator("input[name=unsent-photos]:enabled").input_value() == "a.pdf\t文件太大，最多 20 MB。"
    desk.refuse_with = ""
    with phone.expect_file_chooser() as chooser:
        phone.get_by_role("button", name="换一个").click()
    chooser.value.set_files([{"name": "b.pdf", "mimeType": "application/pdf", "buffer": b"two"}])
    expect(phone.locator("[data-state=done]")).to_have_count(1)
    expect(phone.locator("ul .upload-item")).to_have_count(1)
    expect(phone.locator("input[name=unsent-photos]:enabled")).to_have_count(0)
    phone.get_by_role("button", name="移除").click()
    expect(phone.locator("ul .upload-item")).to_have_count(0)
    expect(phone.locator("[data-missing-for=photos]")).to_have_text("还差 2 张照片")


def test_what_failed_on_the_way_may_be_tried_again(desk: Desk, phone: Page) -> None:
    _open(desk, phone, WORK)
    desk.refuse_with, desk.refuse_as = "没有传完的文件太多了。", 409
    _choose(phone, ("a.pdf", b"one"))
    expect(phone.locator("[data-state=refused] [data-status]")).to_have_text("没有传完的文件太多了。")
    expect(phone.get_by_role("button", name="换一个")).to_be_hidden()
    desk.refuse_with = ""
    phone.get_by_role("button", name="重试").click()
    expect(phone.locator("[data-state=done]")).to_have_count(1)


def test_points_that_cannot_be_are_said_beside_the_field_at_once(desk: Desk, phone: Page) -> None:
    field = """{{ ui.field("number", "points", "分值", value=5, min="0.5", max=100, step="0.5", data_wrong="分值应大于 0。") }}"""
    _open(desk, phone, DISPATCH.replace("""{{ ui.field("number", "points", "分值", value=5) }}""", field), rows=[], due=due(days=3))
    points, line, error = phone.locator("#points"), phone.locator("[data-sum]"), phone.locator("#points-error")
    points.fill("-5")
    expect(error).to_have_text("分值应大于 0。")
    expect(points).to_have_attribute("aria-invalid", "true")
    expect(line).to_contain_text("每村 … 分")
    points.fill("0")  # may become 0.5
    points.fill("0.5")
    expect(error).to_be_hidden()
    expect(line).to_contain_text("每村 0.5 分")
    points.fill("0")
    points.blur()
    expect(error).to_be_visible()


def test_a_big_photo_is_made_smaller_and_a_small_one_is_kept(desk: Desk, phone: Page) -> None:
    _open(desk, phone, WORK.replace('kind="file"', 'kind="photo"'))
    draw = """async ([side, noise]) => { const canvas = document.createElement('canvas'); canvas.width = canvas.height = side;
      const pen = canvas.getContext('2d'); const image = pen.createImageData(side, side);
      for (let i = 0; i < image.data.length; i++) image.data[i] = i % 4 === 3 ? 255 : noise ? Math.random() * 255 : 90;
      pen.putImageData(image, 0, 0);
      const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.95));
      const files = new DataTransfer(); files.items.add(new File([blob], `${side}.jpg`, {type: 'image/jpeg'}));
      const input = document.querySelector('#photos input[type=file]'); input.files = files.files;
      input.dispatchEvent(new Event('change', {bubbles: true})); return blob.size; }"""
    big = phone.evaluate(draw, [2600, True])
    expect(phone.locator("[data-state=done]")).to_have_count(1, timeout=30000)
    small = phone.evaluate(draw, [300, False])
    expect(phone.locator("[data-state=done]")).to_have_count(2)
    sizes = [upload["asked"]["size"] for upload in desk.uploads.values()]  # type: ignore[index]
    assert sizes[0] < big * 0.7
    assert sizes[1] == small


def test_a_draft_is_saved_after_the_last_key(desk: Desk, phone: Page) -> None:
    _open(desk, phone, WORK)
    phone.locator("#body").fill("共查圩堤 4 段")
    expect(phone.locator("[data-draft-mark]")).to_have_text("已自动保存 14:32")
    assert len(desk.drafts) == 1
    assert "body=%E5%85%B1" in desk.drafts[0]
    expect(phone.locator("[data-missing-for=body]")).to_be_hidden()


def test_a_dangerous_act_asks_once_and_goes_on_yes(desk: Desk, phone: Page) -> None:
    _open(desk, phone, WORK)
    phone.get_by_role("button", name="提交成果").click()
    expect(phone.locator("#confirm")).to_contain_text("提交后不能再改。")
    phone.locator("#confirm").get_by_role("button", name="不办了").click()
    assert desk.sent == []
    phone.get_by_role("button", name="提交成果").click()
    phone.locator("#confirm").get_by_role("button", name="提交成果").click()
    phone.wait_for_url("**/send")
    assert len(desk.sent) == 1


def test_the_sentence_follows_what_is_chosen(desk: Desk, phone: Page) -> None:
    rows = [{"id": letter, "name": f"{letter} 村"} for letter in "abc"]
    _open(desk, phone, DISPATCH, rows=rows, due=due(days=3))
    line = phone.locator("[data-sum]")
    phone.get_by_role("button", name="全选").click()
    expect(line).to_have_text("将派给 3 个村，每村 5 分，截止 11月25日 周三 12:00。")
    phone.get_by_label("b 村", exact=True).uncheck()
    phone.get_by_role("button", name="反选").click()
    phone.locator("#points").fill("6.5")
    expect(line).to_have_text("将派给 1 个村，每村 6.5 分，截止 11月25日 周三 12:00。")
    assert phone.get_by_label("b 村", exact=True).is_checked()


def test_a_long_list_is_narrowed_by_name_and_ticked_by_group(desk: Desk, phone: Page) -> None:
    rows = {"村": ("朱家兜", "李家兜", "水口"), "社区": ("练溪", "家园")}
    groups = [
        {"title": kind, "rows": [{"id": name, "name": name, "note": "3 件"} for name in names]}
        for kind, names in rows.items()
    ]
    _open(desk, phone, PICK, groups=groups)
    line, find = phone.locator("[data-sum]:visible"), phone.locator("#p-find")
    expect(line).to_have_text("将派给 1 个单位")
    phone.get_by_role("button", name="全选 社区").click()
    expect(line).to_have_text("将派给 3 个单位")
    find.fill("家")
    expect(phone.locator("[data-named]:visible")).to_have_text(["朱家兜 3 件", "李家兜 3 件", "家园 3 件"])
    phone.get_by_role("button", name="反选 村").click()
    expect(line).to_have_text("将派给 5 个单位")
    find.fill("没有")
    expect(phone.locator("[data-none]")).to_be_visible()
    find.press("Enter")
    find.fill("")
    expect(phone.locator("[data-named]:visible")).to_have_count(5)
    assert phone.get_by_label("水口").is_checked() is True
    assert desk.sent == []
    phone.get_by_label("开放").check()
    expect(line).to_have_text("将开放 2 个名额")


FIND = """{% extends "page.html" %}{% block content %}{% call ui.form("/send") %}
{{ ui.find_select("region", "地方", [("", "请选择"), ("1", "练市镇"), ("2", "双林镇"), ("3", "双林村")], required=true) }}
{{ ui.find_select("grid", "网格", [("", "不限网格"), ("a", "第二网格", "1"), ("b", "第十网格", "1"), ("c", "第二网格", "2")], within="region") }}
{{ ui.button("保存", tone="primary") }}{% endcall %}{% endblock %}"""


def test_one_of_many_is_found_by_name_and_the_rest_follows(desk: Desk, phone: Page) -> None:
    _open(desk, phone, FIND)
    place, grid = phone.locator("#region"), phone.locator("#grid")
    find = phone.locator("#region-find")
    find.fill("双林")
    expect(place.locator("option")).to_have_text(["请选择", "双林镇", "双林村"])
    expect(phone.locator('[data-found="region"]')).to_have_text("找到 2 个")
    assert place.input_value() == ""
    find.fill("练市")
    expect(place).to_have_value("1")
    expect(grid.locator("option")).to_have_text(["不限网格", "第二网格", "第十网格"])
    phone.locator("#grid-find").fill("第十")
    expect(grid).to_have_value("b")
    find.press("Enter")
    assert desk.sent == []
    find.fill("没有这里")
    expect(phone.locator('[data-found="region"]')).to_have_text("没有叫这个名字的。")
    expect(place).to_have_value("")
    find.fill("")
    place.select_option("2")
    phone.locator("#grid-find").fill("")
    expect(grid.locator("option")).to_have_text(["不限网格", "第二网格"])
    expect(grid).to_have_value("")


def test_scores_are_given_from_the_keyboard(desk: Desk, phone: Page) -> None:
    rows = [{"id": letter, "name": f"{letter} 村"} for letter in "ab"]
    _open(desk, phone, DISPATCH, rows=rows, due=due(days=3))
    phone.locator("[data-score-row]").first.focus()
    phone.keyboard.press("2")
    phone.keyboard.press("ArrowDown")
    phone.keyboard.press("1")
    assert phone.locator("[name=q-a]:checked").input_value() == "1.0"
    assert phone.locator("[name=q-b]:checked").input_value() == "1.2"


def test_without_https_the_hash_is_reckoned_by_ourselves() -> None:
    lengths = [0, 1, 55, 56, 63, 64, 65, 1000, 70000]
    script = f"""import {{ plain }} from "file://{SHA}";
    for (const length of {lengths}) console.log(Buffer.from(plain(new Uint8Array(length).fill(97))).toString("hex"));"""
    told = subprocess.run(
        ["node", "--input-type=module", "-e", script],  # noqa: S607 (node builds the pages too)
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert told == [hashlib.sha256(b"a" * length).hexdigest() for length in lengths]


WRONG = """{% extends "page.html" %}{% block content %}{{ ui.form_errors(errors) }}{% call ui.form("/send") %}
{% for n in range(12) %}{{ ui.field("text", "field-" ~ n, "第 " ~ n ~ " 项") }}{% endfor %}
{% call ui.details_block("更多") %}{{ ui.field("radio", "kind", "种类", options=[("a", "甲"), ("b", "乙")], error="请选择。") }}{% endcall %}
{{ ui.button("提交") }}{% endcall %}{% endblock %}"""


def test_error_leads_to_its_field_and_opens_the_fold_it_lies_in(desk: Desk, phone: Page) -> None:
    fields = {"field-9": "请填写这一项。", "kind": "请选择。"}
    _open(desk, phone, WRONG, errors={"summary": "请修改", "fields": fields})
    phone.get_by_role("link", name="第 9 项：请填写这一项。").click()
    expect(phone.locator("#field-9")).to_be_focused()
    expect(phone.locator("#field-9")).to_be_in_viewport()
    phone.get_by_role("link", name="种类：请选择。").click()
    expect(phone.locator("#kind")).to_be_focused()
    expect(phone.get_by_text("乙")).to_be_visible()


WIDE = """{% extends "page.html" %}{% block content %}
<div class="table-panel" id="facts">{{ ui.data_table("核对结果", columns, rows) }}</div>
<div class="table-panel" id="links">{% call(row, key) ui.data_table("名单", columns, rows) %}<a href="/">{{ row[key] }}</a>{% endcall %}</div>
{% endblock %}"""


def test_a_wide_table_without_links_can_be_moved_by_keys(desk: Desk, phone: Page) -> None:
    columns = [{"key": f"c{n}", "label": f"第 {n} 栏的标题比较长"} for n in range(14)]
    phone.set_viewport_size({"width": 1366, "height": 768})
    _open(desk, phone, WIDE, columns=columns, rows=[{f"c{n}": "圩堤" for n in range(14)}])
    region = phone.get_by_role("region", name="核对结果")
    expect(region).to_have_attribute("tabindex", "0")
    expect(phone.locator("#links")).not_to_have_attribute("tabindex", "0")
    region.focus()
    phone.keyboard.press("ArrowRight")
    for _ in range(80):
        if moved := phone.evaluate("document.getElementById('facts').scrollLeft"):
            break
        phone.wait_for_timeout(25)
    assert moved > 0
    phone.set_viewport_size({"width": 390, "height": 844})  # cards under each other: nothing to move, nothing to stop at
    expect(phone.locator("#facts")).not_to_have_attribute("tabindex", "0")
    expect(phone.get_by_role("region", name="核对结果")).to_have_count(0)
