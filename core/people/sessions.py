"""Sessions: who is asking. Opened by one function of the database, once a request, before any scope exists.

The browser holds a random token, the database its hash. A token nobody gave out opens nothing, and the
token is renewed
whenever rights change: at sign-in, at the second factor, with another post, with another password.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from core.kernel.database import Row, platform_fetch, platform_fetch_one
from core.kernel.errors import mark
from core.kernel.ids import new_id, new_token
from core.kernel.scope import Scope
from core.kernel.secrets import derived_key
from core.kernel.settings import get_settings
from core.people.profiles import Profile, profile_named
from core.people.roles import OPERATOR, held_by, ready_roles

_LONGEST_TOKEN: Final = 100

# What a session must do before it has any rights.
FACTOR: Final = "factor"
ENROL: Final = "enrol"
PASSWORD: Final = "password"  # noqa: S105 (the name of a step)
POST: Final = "post"


@dataclass(frozen=True, slots=True)
class Post:
    """A post that the account holds now, in any county. ``role_title`` is a source text."""

    id: UUID
    role: str
    role_title: str
    place_name: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser. While ``pending`` names a step there is no scope: no step can be walked around.

    The platform operator has no scope at all; ``operator`` is True once the second factor was shown.
    ``region_path`` holds
    (short name, code) from the province down; ``token_hash`` is what the functions of the database ask for.
    """

    id: UUID
    account: UUID
    token_hash: bytes
    scope: Scope | None
    operator: bool
    person_name: str
    pending: str = ""
    role_title: str = ""
    place_name: str = ""
    region_path: tuple[tuple[str, str], ...] = ()
    memberships: tuple[Post, ...] = ()
    language: str = "zh"
    elder: bool = False
    notices: int = 0

    @property
    def needs_factor(self) -> bool:
        return self.pending in {FACTOR, ENROL}


def hash_of(token: str) -> bytes:
    """Give what the database keeps of a token. Tokens are random, so a plain hash tells nothing of them."""
    return hashlib.sha256(token.encode()).digest()


def counter_key(kind: str, value: str) -> str:
    """Name a rate limit's counter without naming whom it counts: no login and no address is stored."""
    return f"{kind}:{hmac.new(derived_key('counters'), value.encode(), hashlib.sha256).hexdigest()[:32]}"


async def open_session(token: str) -> Session | None:
    """Open the session of a token; None for one that is unknown, ended, expired or left alone."""
    if not token or len(token) > _LONGEST_TOKEN:
        return None
    token_hash = hash_of(token)
    row = await platform_fetch_one("SELECT * FROM open_session($1)", token_hash)
    return (
        None if row is None else _session_of(row, token_hash, profile_named(get_settings().password_profile))
    )


def _session_of(row: Row, token_hash: bytes, profile: Profile) -> Session:
    pending = _pending(row, profile)
    scope = None if pending or row["operator"] or row["membership_id"] is None else _scope_of(row)
    title = mark("平台运维") if row["operator"] else role_title_of(row["role"] or "", row["role_title"] or "")
    return Session(
        id=row["session_id"],
        account=row["account_id"],
        token_hash=token_hash,
        scope=scope,
        operator=bool(row["operator"]) and not pending,
        person_name=row["operator_name"] if row["operator"] else row["person_name"] or "",
        pending=pending,
        role_title=title,
        place_name=row["operator_name"] if row["operator"] else _place_of(row),
        region_path=tuple((name, code) for name, code in row["path"] or ()),
        memberships=_posts_of(row, title),
        language=row["language"],
        elder=row["elder"],
        notices=row["notices"],
    )


def _pending(row: Row, profile: Profile) -> str:
    """Name the step that comes first: factor, then an expired password, then the choice of a post."""
    if not row["factor_shown"]:
        if row["factor_set"]:
            return FACTOR
        role = ready_roles().get(OPERATOR if row["operator"] else row["role"] or "")
        if (role is not None and role.needs_factor) or row["role_needs_factor"]:
            return ENROL
    changed: datetime | None = row["password_changed_at"]
    if changed is not None and profile.is_expired(changed, datetime.now(UTC)):
        return PASSWORD
    return POST if row["membership_id"] is None and not row["operator"] else ""


def _scope_of(row: Row) -> Scope:
    plugins: dict[str, str] = row["plugins"] or {}
    held = held_by(row["role"], plugins, row["role_permissions"] or ())
    return Scope(
        region=row["region"],
        county=row["county"],
        by_name=row["person_name"],
        by_office=_office_of(row),
        person=row["person_id"],
        membership=row["membership_id"],
        role=row["role"],
        office=row["office_id"],
        grid=row["grid_id"],
        permissions=held,
        plugins=plugins,
        language=row["language"],
        elder=row["elder"],
        notices=row["notices"],
    )


def _office_of(row: Row) -> str:
    """Name where somebody acts for, as others read it years later.

    练市镇农业农村办公室, 朱家兜村第一网格, 练市镇.
    """
    path = row["path"] or ()
    place: str = path[-1][0] if path else ""
    part: str = row["office_name"] or row["grid_name"] or ""
    return part if part.startswith(place) else place + part


def role_title_of(name: str, own_title: str) -> str:
    """Give a role's title: ours are source texts, a county's own role carries its own words."""
    role = ready_roles().get(name)
    return role.title if role is not None else own_title or name


def _place_of(row: Row) -> str:
    path = row["path"] or ()
    names = (path[-1][0] if path else row["region"] or "", row["office_name"] or "", row["grid_name"] or "")
    return " ".join(name for name in names if name)


def _posts_of(row: Row, title: str) -> tuple[Post, ...]:
    """Give the account's posts. The database names them where there is a choice; else the one taken up is the only one."""
    current: UUID | None = row["membership_id"]
    if row["posts"] is None and current is not None:
        return (Post(current, row["role"], title, _place_of(row), current=True),)
    return tuple(_post_of(post, current) for post in row["posts"] or ())


def _post_of(post: Row, current: UUID | None) -> Post:
    made = UUID(post["id"])
    return Post(
        made, post["role"], role_title_of(post["role"], post["title"]), post["place"], made == current
    )


async def start_session(
    account: UUID, *, old_token: str = "", client: str = "", login_key: str = "", rehash: str | None = None
) -> str | None:
    """Start a session for an account that just showed its password. Gives the token; None while locked.

    ``old_token`` is whatever the browser sent: it ends here. The only post is taken up at once.
    """
    token = new_token()
    profile = profile_named(get_settings().password_profile)
    started = await platform_fetch_one(
        "SELECT start_session($1, $2, $3, $4, $5, $6, $7, $8, $9) AS done",
        account,
        hash_of(token),
        new_id(),
        hash_of(old_token) if old_token else b"",
        client[:200],
        profile.session_seconds,
        profile.idle_seconds,
        login_key,
        rehash,
    )
    return token if started is not None and started["done"] else None


async def end_session(session: Session) -> None:
    """End this session; its token opens nothing from the next request on."""
    await platform_fetch("SELECT end_session($1)", session.token_hash)


async def end_other_sessions(session: Session, *, only: UUID | None = None) -> int:
    """End the account's other sessions, or one of them. Gives how many ended."""
    row = await platform_fetch_one("SELECT end_other_sessions($1, $2) AS gone", session.token_hash, only)
    return int(row["gone"]) if row else 0


async def sessions_of_mine(session: Session) -> list[Row]:
    """List the account's open sessions: id, client, created_at, seen_at, current."""
    return await platform_fetch("SELECT * FROM sessions_of_mine($1)", session.token_hash)


async def switch_membership(session: Session, membership: UUID) -> str | None:
    """Take up another post of the account. Gives the session's new token; None if it is not theirs."""
    token = new_token()
    row = await platform_fetch_one(
        "SELECT switch_membership($1, $2, $3, $4) AS done",
        session.token_hash,
        hash_of(token),
        new_id(),
        membership,
    )
    return token if row and row["done"] else None


async def set_language(session: Session, language: str) -> None:
    """Keep the language for this and later sessions; an unknown one is passed over."""
    if language in {"zh", "en"}:
        await platform_fetch("SELECT set_preferences($1, $2, NULL)", session.token_hash, language)


async def set_elder(session: Session, *, elder: bool) -> None:
    """Keep large print (长辈版) on or off for this and later sessions."""
    await platform_fetch("SELECT set_preferences($1, NULL, $2)", session.token_hash, elder)
