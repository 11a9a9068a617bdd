"""Entering what came elsewhere: its photos, with scripts and without; who raised it is kept by no draft."""

import html
import re

import httpx

from core.people.sessions import open_session
from tests.isolation.rich import deliver_all
from tests.web.pages.conftest import ClientFor, Site
from tests.web.pages.petitions.test_overseeing import address_for
from tests.web.pages.petitions.test_petitions import picture
from tests.web.visitors import ORIGIN, Visitor
from web.guards import csrf_token

FORM = {"source": "wechat", "kind": "help", "title": "桥栏杆断了", "body": "微信群里发来照片，桥栏杆断了一截。"}


async def sent_up(staff: Visitor, carrier: str, *names: str, **typed: str) -> httpx.Response:
    """Send photos by the form's own button, as a page without scripts does."""
    session = await open_session(staff.post.token)
    data = {"csrf_token": csrf_token(staff.app.state.settings, session), **typed}
    files = [("file", (name, picture(), "image/jpeg")) for name in names]
    return await staff.client.post(carrier, data=data, files=files, headers={"origin": ORIGIN})


async def test_photos_go_along_without_scripts_and_nothing_typed_is_lost(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    staff = await client_for(nan.posts["township_staff"])
    page = (await staff.get("/petitions/new")).text
    [carrier] = {html.unescape(found) for found in re.findall(r'formaction="(/uploads/simple[^"]+)"', page)}
    typed = {**FORM, "place": nan.village, "raiser_name": "陈大江", "raiser_phone": "13812340077"}
    answer = await sent_up(staff, carrier, "一.jpg", "二.jpg", **typed)
    assert answer.status_code == 303
    back = answer.headers["location"]
    page = (await staff.get(back)).text
    assert FORM["body"] in page
    ids = re.findall(r'name="attachments" value="([0-9a-f-]{36})"', page)
    assert len(ids) == 2
    kept = str(await site.admin.fetch("SELECT d.data::text FROM draft d WHERE d.form = 'petition_entry'"))
    assert "桥栏杆断了" in kept
    assert "陈大江" not in kept
    assert "13812340077" not in kept
    assert (await staff.get(f"/files/{ids[0]}")).status_code == 200
    secretary = await client_for(nan.posts["village_secretary"])
    assert (await secretary.get(f"/files/{ids[0]}")).status_code == 404  # hangs on nothing yet
    refused = await staff.send("/petitions/new", **{**typed, "_key": "p1", "title": ""}, attachments=ids)
    assert refused.status_code == 422
    assert re.findall(r'name="attachments" value="([0-9a-f-]{36})"', refused.text) == ids
    done = await staff.send("/petitions/new", **typed, _key="p1", attachments=ids)
    assert done.status_code == 200
    await deliver_all(site.admin)
    assert await site.admin.fetchval("SELECT count(*) FROM draft WHERE form = 'petition_entry'") == 0
    here = await address_for(secretary, "桥栏杆断了")
    shown = (await secretary.get(here)).text
    for each in ids:
        assert f"/files/{each}" in shown
        assert (await secretary.get(f"/files/{each}")).status_code == 200
        assert (await (await client_for(nan.posts["second_village"])).get(f"/files/{each}")).status_code == 404
        assert (await (await client_for(site.world.zhu.posts["village_secretary"])).get(f"/files/{each}")).status_code == 404


async def test_photos_of_a_matter_are_kept_from_whoever_it_is_about(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    staff = await client_for(nan.posts["township_staff"])
    await sent_up(staff, "/uploads/simple?purpose=petition_entry&subject=&next=/petitions/new&draft=", "a.jpg")
    [one] = await site.admin.fetch("SELECT id FROM file WHERE purpose = 'petition_entry' AND subject_id IS NULL")
    form = {**FORM, "kind": "complaint", "title": "李春梅占了路", "place": nan.village, "_key": "p2"}
    assert (await staff.send("/petitions/new", **form, attachments=str(one["id"]))).status_code == 200
    await deliver_all(site.admin)
    assert (await (await client_for(nan.posts["village_secretary"])).get(f"/files/{one['id']}")).status_code == 200
    assert (await (await client_for(nan.posts["village_cadre"])).get(f"/files/{one['id']}")).status_code == 404


async def test_only_photos_and_not_too_many_and_nobody_elses(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    staff = await client_for(nan.posts["township_staff"])
    carrier = "/uploads/simple?purpose=petition_entry&subject=&next=/petitions/new&draft="
    await sent_up(staff, carrier, *[f"{n}.jpg" for n in range(10)])
    ids = [str(row["id"]) for row in await site.admin.fetch("SELECT id FROM file WHERE purpose = 'petition_entry' AND subject_id IS NULL")]
    assert len(ids) == 10
    form = {**FORM, "place": nan.village, "_key": "p3"}
    refused = await staff.send("/petitions/new", **form, attachments=ids)
    assert refused.status_code == 422
    assert 'href="#photos"' in refused.text
    assert FORM["body"] in refused.text
    leader = await client_for(nan.posts["township_leader"])
    before = await site.admin.fetchval("SELECT count(*) FROM petition")
    assert (await leader.send("/petitions/new", **form, attachments=ids[:1])).status_code == 404
    assert await site.admin.fetchval("SELECT count(*) FROM petition") == before
    administrator = await client_for(nan.posts["county_administrator"])  # enters nothing
    assert (await sent_up(administrator, carrier, "a.jpg")).status_code == 403


async def test_identity_seen_is_ticked_for_who_came_in_person(site: Site, client_for: ClientFor) -> None:
    nan = site.world.nan
    staff = await client_for(nan.posts["township_staff"])
    form = {**FORM, "title": "当面来说的", "place": nan.village, "_key": "p4", "identity_seen": "1", "raiser_phone": "13812340078"}
    refused = await staff.send("/petitions/new", **form)
    assert refused.status_code == 422
    assert 'href="#identity_seen"' in refused.text
    assert (await staff.send("/petitions/new", **{**form, "source": "visit"})).status_code == 200
    await deliver_all(site.admin)
    secretary = await client_for(nan.posts["village_secretary"])
    assert "当面核对过身份" in (await secretary.get(await address_for(secretary, "当面来说的"))).text
