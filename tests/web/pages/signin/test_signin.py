"""Signing in through the pages, as a browser without scripts does it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import asyncpg
import httpx
import pyotp
import pytest

from core.kernel import clock
from core.people.accounts import create_account
from tests.core.people.world import NAN, PASSWORD, TOWN, VILLAGE, add_person
from tests.databases import DatabaseUrls, connected
from tests.web.pages.conftest import Site
from tests.web.visitors import ORIGIN

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
async def migrator(served: Site, database_urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    assert served
    async with connected(database_urls.migrator) as connection:
        yield connection


@asynccontextmanager
async def browser(served: Site) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=served.first)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers={"origin": ORIGIN}) as client:
        yield client


def token_in(page: httpx.Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]*)"', page.text)
    return unescape(found[1]) if found else ""


async def send(client: httpx.AsyncClient, path: str, *, at: str = "", **fields: str) -> httpx.Response:
    """Send a form with the token of the page it stands on."""
    page = await client.get(at or path)
    return await client.post(path, data={**fields, "csrf_token": token_in(page)})


async def test_a_cadre_signs_in_sees_the_page_asked_for_and_signs_out(
    served: Site, migrator: asyncpg.Connection
) -> None:
    held = await add_person(
        served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone="13300000001"
    )
    async with browser(served) as client:
        asked = await client.get("/my")
        assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=/my")
        answer = await send(
            client, "/sign-in", at="/sign-in?next=/my", login=held.phone, password=PASSWORD, next="/my"
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/my")
        cookie = answer.headers["set-cookie"].lower()
        assert cookie.startswith("xz=")
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert (await client.get("/my")).status_code == 200
        mine = await client.get("/me")
        assert "张三" in mine.text
        assert "本机" in mine.text
        assert (await client.get("/sign-in")).headers["location"] == "/"
        out = await send(client, "/logout", at="/me")
        assert out.headers["location"] == "/sign-in"
        assert (await client.get("/my")).headers["location"] == "/sign-in?next=/my"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-in"])
async def test_the_way_onward_stays_here(served: Site, migrator: asyncpg.Connection, target: str) -> None:
    phone = f"1331000000{['h', '/', chr(92), 's'].index(target[1] if target[0] == '/' else 'h')}"
    await add_person(served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=phone)
    async with browser(served) as client:
        answer = await client.post("/sign-in", data={"login": phone, "password": PASSWORD, "next": target})
        assert answer.headers["location"] == "/"


async def test_a_wrong_password_keeps_the_login_and_tells_nothing(served: Site) -> None:
    async with browser(served) as client:
        answer = await client.post("/sign-in", data={"login": "13399999999", "password": "x"})
        assert answer.status_code == 422
        assert 'value="13399999999"' in answer.text
        assert "登录没有成功" in answer.text
        assert "set-cookie" not in answer.headers


async def test_a_planted_token_is_not_taken_over(served: Site, migrator: asyncpg.Connection) -> None:
    held = await add_person(
        served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone="13300000003"
    )
    async with browser(served) as client:
        client.cookies.set("xz", "planted-by-somebody")
        answer = await client.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        assert "planted" not in answer.headers["set-cookie"]


async def test_another_site_cannot_sign_anybody_in(served: Site) -> None:
    async with browser(served) as client:
        answer = await client.post(
            "/sign-in", data={"login": "x", "password": "x"}, headers={"origin": "https://evil.example"}
        )
        assert answer.status_code == 403


async def test_an_administrator_enrols_and_next_time_shows_a_code(
    served: Site, migrator: asyncpg.Connection
) -> None:
    held = await add_person(
        served.admin, migrator, region=NAN, role="county_administrator", phone="13300000004"
    )
    async with browser(served) as client:
        await client.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        assert (await client.get("/people")).headers["location"].startswith("/sign-in/enrol")
        page = await client.get("/sign-in/enrol")
        assert "<svg" in page.text
        assert "style=" not in page.text
        secret = re.search(r'class="mono">([A-Z2-7 ]+)<', page.text)
        assert secret is not None
        totp = pyotp.TOTP(secret[1].replace(" ", ""))
        wrong = await send(client, "/sign-in/enrol", code="000000")
        assert wrong.status_code == 422
        done = await send(client, "/sign-in/enrol", code=totp.at(clock.now()))
        assert done.headers["location"] == "/"
        assert (await client.get("/people")).status_code == 200
    async with browser(served) as client:
        await client.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        assert (await client.get("/people")).headers["location"] == "/sign-in/factor?next=/people"
        replayed = await send(client, "/sign-in/factor", code=totp.at(clock.now()))
        assert replayed.status_code == 422
        later = clock.now().timestamp() + 30
        shown = await send(client, "/sign-in/factor", code=totp.at(int(later)), next="/people")
        assert shown.headers["location"] == "/people"


async def test_the_operator_gets_to_the_counties_and_nobody_else_does(
    served: Site, migrator: asyncpg.Connection
) -> None:
    await create_account(
        migrator, login="op", password=PASSWORD, now=clock.now(), operator_name="运维", totp_secret=SECRET
    )
    async with browser(served) as client:
        await client.post("/sign-in", data={"login": "op", "password": PASSWORD})
        assert (await client.get("/platform")).headers["location"].startswith("/sign-in/factor")
        await send(client, "/sign-in/factor", code=pyotp.TOTP(SECRET).at(clock.now()))
        assert (await client.get("/")).headers["location"] == "/platform"
        counties = await client.get("/platform")
        assert "南浔区" in counties.text
        one = await client.get(f"/platform/{NAN}")
        assert "允许的功能模块" in one.text
        assert "插件" not in one.text + counties.text
        administrator = f"/platform/{NAN}/administrator"
        wrong = await send(client, administrator, at=f"/platform/{NAN}", name="王管", phone="123")
        assert wrong.status_code == 422
        for kept in ('value="王管"', 'value="123"'):
            assert kept in wrong.text
        invited = await send(client, administrator, at=f"/platform/{NAN}", name="王管", phone="13300000055")
        assert re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}", invited.text)
        assert (await client.get("/people")).status_code == 404
        assert (await client.get("/platform/999999")).status_code == 404
        assert (await client.get("/me")).status_code == 200


async def test_a_code_is_redeemed_with_a_password_of_ones_own(served: Site) -> None:
    from core.kernel.database import transaction  # noqa: PLC0415
    from core.people.actions import Post, invite_person  # noqa: PLC0415

    scope = served.world.nan.scope("county_administrator")
    async with transaction(scope):
        made = await invite_person(
            scope, name="新人", phone="13300000066", post=Post("township_staff", NAN + TOWN), now=clock.now()
        )
    async with browser(served) as client:
        wrong = await client.post("/sign-in/code", data={"phone": "13300000067", "code": made.code})
        assert wrong.status_code == 422
        shown = await client.post("/sign-in/code", data={"phone": "13300000066", "code": made.code})
        assert "新人，您好" in shown.text
        weak = await client.post(
            "/sign-in/code/password",
            data={"phone": "13300000066", "code": made.code, "password": "short", "again": "short"},
        )
        assert weak.status_code == 422
        done = await client.post(
            "/sign-in/code/password",
            data={
                "phone": "13300000066",
                "code": made.code,
                "password": "my very own",
                "again": "my very own",
            },
        )
        assert done.headers["location"] == "/"
        assert (await client.get("/me")).status_code == 200


async def test_language_and_posts_are_switched(served: Site, migrator: asyncpg.Connection) -> None:
    held = await add_person(
        served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone="13300000007"
    )
    async with browser(served) as client:
        answer = await client.post("/me/language", data={"language": "en", "next": "/sign-in"})
        assert answer.headers["location"] == "/sign-in"
        assert "Sign in" in (await client.get("/sign-in")).text
        await client.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        await send(client, "/me/language", at="/me", language="en", next="/me")
        assert "My account" in (await client.get("/me")).text
        foreign = await send(client, "/me/membership", at="/me", membership=str(held.person))
        assert foreign.status_code == 404


async def test_a_stolen_password_without_the_factor_changes_nothing(
    served: Site, migrator: asyncpg.Connection
) -> None:
    """Whoever has only the password cannot lock the owner out: a change waits behind the second factor."""
    held = await add_person(
        served.admin, migrator, region=NAN, role="county_administrator", phone="13300000021", totp_secret=SECRET
    )
    new = "另一个 long password"
    async with browser(served) as thief:
        await thief.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        answer = await send(
            thief, "/sign-in/password", at="/sign-in/factor", old=PASSWORD, password=new, again=new
        )
        assert answer.headers["location"] == "/sign-in"
    async with browser(served) as owner:
        answer = await owner.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        assert answer.status_code == 303


@pytest.mark.parametrize(("number", "target"), [(1, "/people?q=李"), (2, "/my\r\nx-planted: 1")])
async def test_the_way_onward_fits_into_a_header(
    served: Site, migrator: asyncpg.Connection, number: int, target: str
) -> None:
    phone = f"1331000010{number}"
    await add_person(served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=phone)
    async with browser(served) as client:
        answer = await client.post("/sign-in", data={"login": phone, "password": PASSWORD, "next": target})
        assert answer.status_code == 303
        assert answer.headers["location"] == ("/people?q=%E6%9D%8E" if number == 1 else "/")
        assert "x-planted" not in answer.headers


async def test_the_switches_lead_back_by_a_plain_address(served: Site) -> None:
    async with browser(served) as client:
        for next_page in ("/sign-in?x=\r\nx-planted: 1", "/sign-in/code\t"):
            answer = await client.post("/me/language", data={"language": "en", "next": next_page})
            assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_token_of_other_letters_is_refused_like_any_other(
    served: Site, migrator: asyncpg.Connection
) -> None:
    held = await add_person(
        served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone="13300000022"
    )
    async with browser(served) as client:
        await client.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        answer = await client.post("/logout", data={"csrf_token": "令牌"})
        assert answer.status_code == 403


async def test_characters_that_no_text_can_hold_are_refused_and_are_no_fault_of_ours(
    served: Site, migrator: asyncpg.Connection
) -> None:
    held = await add_person(
        served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone="13300000023"
    )
    async with browser(served) as client:
        assert (await client.post("/sign-in", data={"login": "a\0b", "password": "x"})).status_code == 422
        await client.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        assert (await client.get("/search?q=%00")).status_code == 422
        assert (await client.get("/my?p=%C2%B2")).status_code == 200


async def test_a_user_name_is_chosen_and_signs_in(served: Site, migrator: asyncpg.Connection) -> None:
    held = await add_person(
        served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone="13300000041"
    )
    async with browser(served) as client:
        await client.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        assert 'href="/me/login"' in (await client.get("/me")).text
        wrong = await send(client, "/me/login", login="Wang.JG", password="not-my-word")
        assert wrong.status_code == 422
        assert 'value="Wang.JG"' in wrong.text
        assert "not-my-word" not in wrong.text
        done = await send(client, "/me/login", login="Wang.JG", password=PASSWORD)
        assert done.headers["location"] == "/me"
        assert 'value="wang.jg"' in (await client.get("/me/login")).text
    async with browser(served) as client:
        answer = await client.post("/sign-in", data={"login": "wang.jg", "password": PASSWORD})
        assert answer.headers["location"] == "/"


async def test_the_operator_helps_somebody_whom_no_county_may(
    served: Site, migrator: asyncpg.Connection
) -> None:
    held = await add_person(
        served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone="13300000042", name="钱两县"
    )
    await create_account(
        migrator, login="op3", password=PASSWORD, now=clock.now(), operator_name="运维三", totp_secret=SECRET
    )
    async with browser(served) as client:
        await client.post("/sign-in", data={"login": "op3", "password": PASSWORD})
        await send(client, "/sign-in/factor", code=pyotp.TOTP(SECRET).at(clock.now()))
        assert 'href="/platform/accounts"' in (await client.get("/platform")).text
        nobody = await send(client, "/platform/accounts", login="1330000004")
        assert (nobody.status_code, 'value="1330000004"' in nobody.text) == (422, True)
        found = await send(client, "/platform/accounts", login=held.phone)
        assert "钱两县" in found.text
        assert "查找账号" in found.text
        assert "南浔区" in found.text
        path = f"/platform/accounts/{held.account}/reset"
        asked = {"login": held.phone, "purpose": "password"}
        unexplained = await send(client, path, at="/platform/accounts", **asked, reason="")
        assert (unexplained.status_code, "钱两县" in unexplained.text) == (422, True)
        made = await send(client, path, at="/platform/accounts", **asked, reason="本人来电")
        code = re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}", made.text)
        assert code is not None
        assert code[0] not in (await client.get("/platform/accounts")).text
        withdrawing = re.search(r'action="(/platform/accounts/resets/[0-9a-f-]{36}/withdraw)"', made.text)
        assert withdrawing is not None
    async with browser(served) as owner:
        fields = {"phone": held.phone, "code": code[0]}
        shown = await owner.post("/sign-in/code", data=fields)
        assert "钱两县，您好" in shown.text
        chosen = {**fields, "password": "my very own", "again": "my very own"}
        done = await owner.post("/sign-in/code/password", data=chosen)
        assert done.headers["location"] == "/"
        assert (await owner.get("/my")).status_code == 200
        assert (await owner.get("/platform/accounts")).status_code == 404
    async with browser(served) as client:
        await client.post("/sign-in", data={"login": "op3", "password": PASSWORD})
        later = int(clock.now().timestamp()) + 30
        await send(client, "/sign-in/factor", code=pyotp.TOTP(SECRET).at(later))
        assert (await send(client, withdrawing[1], at="/platform/accounts")).status_code == 409


WEAK = {
    "modern": ("abc", "密码太短：至少要 10 个字符，现在只有 3 个。", "至少 10 个字符"),
    "dengbao3": ("abcdefgh", "至少要有 3 种，现在只有 1 种。", "至少 8 个字符，含大写字母"),
}


@pytest.mark.parametrize("profile", WEAK)
async def test_weak_new_password_is_refused_by_the_rule_in_force_beside_its_field(
    served: Site, migrator: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    settings = served.first.state.settings.model_copy(update={"password_profile": profile})
    monkeypatch.setattr(served.first.state, "settings", settings)
    weak, told, rule = WEAK[profile]
    phone = "13300000051" if profile == "modern" else "13300000052"
    held = await add_person(served.admin, migrator, region=NAN + VILLAGE, role="village_cadre", phone=phone)
    async with browser(served) as client:
        await client.post("/sign-in", data={"login": held.phone, "password": PASSWORD})
        answer = await send(client, "/me/password", old=PASSWORD, password=weak, again="another")
        assert answer.status_code == 422
        beside = answer.text[answer.text.index('id="password-error"') :].split("</p>")[0]
        assert told in beside
        assert "两次输入的密码不一样。" in answer.text
        assert rule in answer.text
        assert f'value="{weak}"' not in answer.text
        english = await send(client, "/me/language", at="/me", language="en", next="/me")
        assert english.status_code == 303
        answer = await send(client, "/me/password", old=PASSWORD, password=weak, again=weak)
        assert "it needs at least" in answer.text
        assert max(answer.text[answer.text.index('id="password-error"') :].split("</p>")[0]) < "\u4e00"
        strong = "Xz-83412-word"
        done = await send(client, "/me/password", old=PASSWORD, password=strong, again=strong)
        assert done.headers["location"] == "/me"


async def test_weak_password_of_an_invitation_keeps_phone_and_code(served: Site) -> None:
    from core.kernel.database import transaction  # noqa: PLC0415
    from core.people.actions import Post, invite_person  # noqa: PLC0415

    scope = served.world.nan.scope("county_administrator")
    async with transaction(scope):
        post = Post("township_staff", NAN + TOWN)
        made = await invite_person(scope, name="新人", phone="13300000053", post=post, now=clock.now())
    fields = {"phone": "13300000053", "code": made.code}
    async with browser(served) as client:
        for weak, told in (("short", "现在只有 5 个"), ("my 13300000053", "不要包含手机号"), ("", "请填写这一项")):
            page = await client.post("/sign-in/code/password", data={**fields, "password": weak, "again": weak})
            assert page.status_code == 422
            assert told in page.text[page.text.index('id="password-error"') :].split("</p>")[0]
            for name, value in fields.items():
                assert f'name="{name}" value="{value}"' in page.text
