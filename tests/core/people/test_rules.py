"""Who may hand out what, and the answer to "why can this person see this?"."""

from uuid import uuid4

import pytest

from core.contracts.roles import Role
from core.kernel.scope import Scope, system_scope
from core.people.permissions import CORE, PLATFORM
from core.people.roles import BUILT_IN, held_by, ready_roles
from core.people.rules import (
    NOT_HERE,
    NOT_YOURSELF,
    TOO_MUCH,
    WRONG_LEVEL,
    Standing,
    explain,
    level_of,
    refusal_to_grant,
)

PLACES = {0: "330503", 1: "33", 2: "3305", 3: "330503", 4: "330503101", 5: "330503101201"}


def scope_of(role: Role) -> Scope:
    return Scope(
        region=PLACES[role.level], county="330503", by_name="张三", person=uuid4(), role=role.name,
        permissions=role.permissions,
    )  # fmt: skip


def test_permissions_are_alphabetical_and_every_role_names_known_ones() -> None:
    names = [each.name for each in CORE]
    assert names == sorted(set(names))
    known = {*names, *(each.name for each in PLATFORM)}
    assert {p for role in BUILT_IN for p in role.permissions} <= known
    assert all(not p.startswith("platform:") for role in BUILT_IN if role.level for p in role.permissions)


@pytest.mark.parametrize("giver", BUILT_IN, ids=lambda role: role.name)
@pytest.mark.parametrize("given", BUILT_IN, ids=lambda role: role.name)
def test_only_administrators_hand_out_more_than_they_have_and_never_above_their_level(
    giver: Role, given: Role
) -> None:
    refusal = refusal_to_grant(scope_of(giver), given, region=PLACES[given.level], person=uuid4())
    if refusal is None:
        assert given.level >= giver.level > 0
        assert giver.name == "county_administrator" or given.permissions <= giver.permissions
    if giver.name == "county_administrator" and given.level >= 3:
        assert refusal is None


def test_refusals_name_the_place_the_level_the_rights_and_oneself() -> None:
    roles = ready_roles()
    staff = scope_of(roles["township_staff"])
    administrator = scope_of(roles["county_administrator"])
    me = administrator.person
    cases = [
        (staff, "village_cadre", "330503102201", None, NOT_HERE),
        (staff, "village_cadre", "330503101", None, WRONG_LEVEL),
        (staff, "township_leader", "330503101", None, TOO_MUCH),
        (administrator, "village_cadre", "330681101201", None, NOT_HERE),
        (administrator, "platform_operator", "330503", None, WRONG_LEVEL),
        (administrator, "township_leader", "330503101", me, NOT_YOURSELF),
        (administrator, "township_leader", "330503101", None, None),
    ]
    for scope, role, region, person, expected in cases:
        assert refusal_to_grant(scope, roles[role], region=region, person=person) == expected


def test_a_system_scope_is_bound_by_place_and_level() -> None:
    scope, role = system_scope("330503"), ready_roles()["village_cadre"]
    assert refusal_to_grant(scope, role, region="330503101201", person=None) is None
    assert refusal_to_grant(scope, role, region="330681101201", person=None) == NOT_HERE


def test_rights_of_a_plugin_and_of_the_platform_fall_away() -> None:
    stored = ["core:task:read", "bidding:lot:open", "platform:county:open"]
    assert held_by("own_role", {}, stored) == {"core:task:read"}
    assert held_by("own_role", {"bidding": "paused"}, stored) == {"core:task:read", "bidding:lot:open"}
    assert held_by("own_role", {"bidding": "off"}, stored) == {"core:task:read"}


def test_the_explanation_names_all_three_conditions() -> None:
    held = frozenset({"core:task:read"})
    posts = [
        Standing("乡镇领导", "练市", "330503101", held, active=True),
        Standing("村干部", "吴家庄", "330503102201", held, active=True),
        Standing("县级部门", "南浔", "330503", held, active=False),
        Standing("报账员", "南浔", "330503", frozenset(), active=True),
    ]
    found = explain(posts, permission="core:task:read", region="330503101201")
    assert [(a.opens, a.in_time, a.has_permission, a.covers) for a in found] == [
        (True, True, True, True),
        (False, True, True, False),
        (False, False, True, True),
        (False, True, False, True),
    ]
    assert level_of("330503101201") == 5
