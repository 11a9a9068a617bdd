"""Two counties with twin data: the same villages, names and posts, told apart by their codes alone."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from core.kernel.ids import new_id
from core.kernel.scope import LENGTHS, Scope
from core.kernel.secrets import encrypt
from core.people.accounts import create_account, phone_index_of
from core.people.roles import ready_roles

NAN, ZHU = "330503", "330681"
TOWN, VILLAGE = "101", "101201"
PASSWORD = "南浔 correct battery"
NAMES = {
    "33": ("浙江省", "浙江"), "3305": ("湖州市", "湖州"), "3306": ("绍兴市", "绍兴"),
    NAN: ("南浔区", "南浔"), ZHU: ("诸暨市", "诸暨"),
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """One person at one post, with the login behind it."""

    county: str
    region: str
    account: UUID | None
    person: UUID
    membership: UUID
    role: str
    phone: str
    name: str

    def scope(self) -> Scope:
        """Give the scope this post has, with the permissions of its ready role."""
        return Scope(
            region=self.region, county=self.county, by_name=self.name, person=self.person,
            membership=self.membership, role=self.role, permissions=ready_roles()[self.role].permissions,
        )  # fmt: skip


async def add_counties(admin: asyncpg.Connection) -> None:
    """Make both counties, with one township and two villages each."""
    rows = [(code, *names) for code, names in NAMES.items()]
    for county in (NAN, ZHU):
        rows += [
            (county + TOWN, "练市镇", "练市"),
            (county + "102", "双林镇", "双林"),
            (county + VILLAGE, "朱家兜村", "朱家兜"),
            (county + "101202", "水口村", "水口"),
            (county + "102201", "吴家庄村", "吴家庄"),
        ]
        await admin.execute(
            "INSERT INTO county (county, code, name, opened_at) VALUES ($1, $1, $2, now())",
            county,
            NAMES[county][0],
        )
    for code, name, short in rows:
        await admin.execute(
            "INSERT INTO region (code, parent, level, name, short_name, opened)"
            " VALUES ($1, $2, $3, $4, $5, '2023-06-30')",
            code, _parent(code), LENGTHS.index(len(code)) + 1, name, short,
        )  # fmt: skip


def _parent(code: str) -> str | None:
    above = [code[:n] for n in LENGTHS if n < len(code)]
    return above[-1] if above else None


async def add_person(
    admin: asyncpg.Connection,
    migrator: asyncpg.Connection | None,
    *,
    region: str,
    role: str,
    phone: str,
    name: str = "张三",
    totp_secret: str = "",
) -> Held:
    """Put one person at one post; with the migrator's connection the login is made too."""
    county, now = region[:6], datetime.now(UTC)
    account = None
    if migrator is not None:
        account = await create_account(
            migrator, password=PASSWORD, now=now, phone=phone, totp_secret=totp_secret
        )
    person, membership = new_id(), new_id()
    await admin.execute(
        "INSERT INTO person"
        " (county, id, region, name, account_id, phone, phone_index, phone_tail, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        county, person, region, name, account, encrypt(phone, purpose="phone", owner=county),
        phone_index_of(phone), phone[-4:], now,
    )  # fmt: skip
    await add_post(admin, county=county, person=person, membership=membership, region=region, role=role)
    return Held(county, region, account, person, membership, role, phone, name)


async def add_post(
    admin: asyncpg.Connection, *, county: str, person: UUID, membership: UUID, region: str, role: str
) -> None:
    await admin.execute(
        "INSERT INTO membership"
        " (county, id, region, person_id, person_name, role, valid_from, granted_by_name, created_at)"
        " SELECT $1, $2, $3, $4, name, $5, now() - interval '1 hour', '测试', now() FROM person WHERE id = $4",
        county, membership, region, person, role,
    )  # fmt: skip
