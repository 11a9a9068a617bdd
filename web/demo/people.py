"""Who the demo's people are, and how they sign in. Names and numbers are made up; nobody has these phones.

Passwords and second-factor secrets follow from the installation's own key: they can be listed again at any time and are
worth nothing anywhere else.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.kernel.settings import Settings
from core.people.roles import OPERATOR, ready_roles
from core.tenancy.packs import find_packs, rows_of

OPERATOR_LOGIN: Final = "operator"
_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One person at one post; ``office`` and ``grid`` are names at the region. The operator has no region."""

    name: str
    login: str
    phone: str
    role: str
    region: str
    office: str = ""
    grid: str = ""

    @property
    def county(self) -> str:
        return self.region[:6]

    @property
    def needs_factor(self) -> bool:
        return ready_roles()[self.role].needs_factor


_ABOVE: Final = (
    DemoPerson("浙江查看员", "zhejiang-viewer", "19900330001", "province_viewer", "33"),
    DemoPerson("湖州查看员", "huzhou-viewer", "19903305001", "city_viewer", "3305"),
    DemoPerson("绍兴查看员", "shaoxing-viewer", "19903306001", "city_viewer", "3306"),
)
THE_OPERATOR: Final = DemoPerson("平台运维员", OPERATOR_LOGIN, "", OPERATOR, "")


def people_of(county: str) -> list[DemoPerson]:
    """Give the people of one county's pack."""
    return [person for person in demo_people() if person.region and person.county == county]


def demo_people() -> Sequence[DemoPerson]:
    """Give everybody, the platform's operator first."""
    found = [THE_OPERATOR, *_ABOVE]
    for pack in find_packs():
        found += [
            DemoPerson(
                row["姓名"],
                row["用户名"],
                row["手机号"],
                row["角色"],
                row["区划代码"],
                row["科室站所"],
                row["网格"],
            )
            for row in rows_of(pack.folder / "demo" / "people.csv")
        ]
    return found


def password_of(settings: Settings, login: str) -> str:
    """Give a demo password: sixteen letters and digits in groups of four."""
    letters = base64.b32encode(settings.key(f"demo password:{login}")).decode().lower()[: 4 * _GROUP]
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def secret_of(settings: Settings, login: str) -> str:
    """Give the secret of a demo authenticator, in base 32."""
    return base64.b32encode(settings.key(f"demo factor:{login}")[:20]).decode()


def demo_accounts(settings: Settings) -> list[dict[str, str]]:
    """List all demo accounts as ``xiangzhi demo accounts --json`` prints them; no secret where none is needed."""
    return [
        {
            "name": person.name,
            "login": person.login,
            "password": password_of(settings, person.login),
            "totp_secret": secret_of(settings, person.login) if person.needs_factor else "",
            "role": person.role,
            "region": person.region,
        }
        for person in demo_people()
    ]
