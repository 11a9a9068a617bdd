"""Who may hand out which post, and why somebody can see something. Pure: no database, no clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.contracts.roles import Role
from core.kernel.errors import mark
from core.kernel.scope import LENGTHS, Scope
from core.people.permissions import SENSITIVE
from core.people.roles import ADMINISTRATOR, MAY_GRANT

LEVEL_TITLES: Final[Mapping[int, str]] = {
    1: mark("省"),
    2: mark("市"),
    3: mark("县（市、区）"),
    4: mark("乡镇（街道）"),
    5: mark("村（社区）"),
}
COUNTY_LEVEL: Final = 3

NOT_HERE: Final = mark("这个地方不在您的管理范围内。")
NOT_YOURSELF: Final = mark("不能给自己授予或结束岗位，请由另一位管理员办理。")
TOO_MUCH: Final = mark("这个角色的权限超出了您能授予的范围。")
WRONG_LEVEL: Final = mark("这个角色不能用在这一级，请重新选择地方。")


def level_of(region: str) -> int:
    """Give 1 province … 5 village."""
    return LENGTHS.index(len(region)) + 1


def grantable_by(scope: Scope) -> frozenset[str]:
    """Give the permissions of core that this post may hand to others, also in a role of the county."""
    return scope.permissions | MAY_GRANT.get(scope.role, frozenset())


def may_hand_out(scope: Scope, permissions: Iterable[str]) -> bool:
    """Tell whether none of the permissions goes beyond what this post may hand out.

    Rights of a plugin are the county administrator's to hand out, whoever uses them; rights of the platform
    are nobody's.
    """
    mine = grantable_by(scope)
    for permission in permissions:
        area = permission.partition(":")[0]
        theirs = scope.role == ADMINISTRATOR and area in scope.plugins
        if area == "platform" or not (permission in mine or theirs):
            return False
    return True


def refusal_to_grant(scope: Scope, role: Role, *, region: str, person: UUID | None) -> str | None:
    """Say why this post may not give the role at this place to this person; None if it may.

    A job under a system scope acts on what a person was allowed to ask for, so only level and place bind it.
    """
    if not scope.covers(region):
        return NOT_HERE
    if role.level != level_of(region):
        return WRONG_LEVEL
    if scope.system:
        return None
    if person is not None and person == scope.person:
        return NOT_YOURSELF
    return None if may_hand_out(scope, role.permissions) else TOO_MUCH


def needs_factor(permissions: Iterable[str]) -> bool:
    """Tell whether a role with these permissions asks for a second factor whatever its maker says."""
    return bool(SENSITIVE.intersection(permissions))


@dataclass(frozen=True, slots=True)
class Standing:
    """One post as the question "why can this person see this?" looks at it. ``held`` are its rights today."""

    role_title: str
    place: str
    region: str
    held: frozenset[str]
    active: bool
    office: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one post contributes: whether it opens the thing, and the three findings behind that."""

    post: Standing
    opens: bool
    in_time: bool
    has_permission: bool
    covers: bool


def explain(posts: Iterable[Standing], *, permission: str, region: str) -> list[Answer]:
    """Say for each post whether it lets its holder use ``permission`` on something that lies in ``region``.

    The same three conditions that guards and row policies hold: the post is in force, its role carries the
    permission, and the thing's region begins with the post's.
    """
    answers = []
    for post in posts:
        has, covers = permission in post.held, region.startswith(post.region)
        answers.append(Answer(post, post.active and has and covers, post.active, has, covers))
    return answers
