"""Pure rules of petitions: settings, deadlines a level, who may not see a matter, receipts. No database, no clock."""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from core.contracts.settings import SettingsArea, SettingsModel, setting
from core.kernel.clock import local
from core.kernel.errors import Invalid, mark
from core.kernel.scope import Scope
from core.kernel.secrets import derived_key, index_of, plain_phone
from core.petitions.enums import PHONE_CODES, About, Kind, PhoneCode, Source
from core.petitions.workflows import SUPERVISE

VILLAGE: Final = 5
TOWNSHIP: Final = 4
COUNTY: Final = 3
DIGITS: Final = {COUNTY: 6, TOWNSHIP: 9, VILLAGE: 12}
LONGEST_TITLE: Final = 40
LONGEST_BODY: Final = 1_000
LONGEST_SPOT: Final = 60
LONGEST_NAME: Final = 20
LONGEST_REASON: Final = 500
LEAST_BODY: Final = 5
PURPOSE: Final = "petition_receipt"
NAME: Final = "petition_name"
PHONE: Final = "petition_phone"
PHOTO: Final = "petition"  # what photos of a matter are sent up for
ENTERED_PHOTO: Final = "petition_entry"  # the same, by whoever enters it
MOST_PHOTOS: Final = 3
MOST_ENTERED_PHOTOS: Final = 9
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0, O, 1, I: it is copied by hand
_RECEIPT_CHARACTERS: Final = 20  # five bits each
CLOSED: Final = mark("这里现在不在网上收反映。请到村（社区）或乡镇（街道）当面说，或拨打 12345。")
_SEEN_IN_PERSON: Final = mark("只有当面反映、又留了手机号的，才勾选核对过身份。")
_NOT_IN_RECEIPTS: Final = re.compile(rf"[^{ALPHABET}]")


class PetitionSettings(SettingsModel):
    """A county's choices. Defaults are proposals."""

    open: bool = setting(True, title=mark("村民可以在公开页上反映"), township=True)
    anonymous: bool = setting(True, title=mark("可以不留电话"), hint=mark("关闭后，在公开页上反映须留手机号"), township=True)
    village_days: int = setting(
        5, title=mark("村（社区）、网格办理期限"), unit=mark("个工作日"), township=True, ge=1, le=60
    )
    township_days: int = setting(10, title=mark("乡镇（街道）办理期限"), unit=mark("个工作日"), township=True, ge=1, le=60)
    county_days: int = setting(15, title=mark("县级部门办理期限"), unit=mark("个工作日"), ge=1, le=90)
    judge_days: int = setting(
        7, title=mark("答复后等待评价"), hint=mark("到期没有评价的，按答复办结"), unit=mark("天"), ge=1, le=60
    )
    reopen_days: int = setting(
        30, title=mark("办结后可以要求重新办理"), hint=mark("每件一次"), unit=mark("天"), ge=1, le=365
    )
    remind_hours: int = setting(24, title=mark("两次催办之间至少相隔"), unit=mark("小时"), ge=1, le=240)
    keep_days: int = setting(
        365, title=mark("办结后姓名和电话保留"), hint=mark("到期自动删除；还可以要求重新办理的，到那时再删"), unit=mark("天"), ge=30, le=1_825
    )
    phone_code: str = setting(
        PhoneCode.OFF.value, title=mark("核实手机号"), options=PHONE_CODES, pattern="^(off|gateway)$",
        hint=mark("发验证码要先由平台运维配置短信网关；没有配置好时，留手机号的反映提交不了"),
    )  # fmt: skip
    codes_a_day: int = setting(
        500, title=mark("全县一天最多发验证码"), hint=mark("每天早上 8 点重新计数；到上限时告诉县管理员"), unit=mark("条"), ge=10, le=100_000
    )
    block_days: int = setting(
        7, title=mark("认定滥用后，可以暂停来源"), hint=mark("只停公开页，当面、热线和监督举报不停；反映人要求重新办理的，暂停同时解除"), unit=mark("天"), ge=1, le=30
    )
    source_days: int = setting(
        7, title=mark("网络来源的指纹保留"), hint=mark("只用来制止滥用，认不出人，到期自动删除"), unit=mark("天"), ge=1, le=30
    )
    phone_a_day: int = setting(5, title=mark("同一手机号一天最多反映"), unit=mark("件"), ge=1, le=50)

    @property
    def proves_phones(self) -> bool:
        """Whether a phone left on the public page has to be proved by a code."""
        return self.phone_code == PhoneCode.GATEWAY

    @property
    def judge_time(self) -> timedelta:
        """How long an answer waits for its raiser's judgement."""
        return timedelta(days=self.judge_days)

    @property
    def keep_time(self) -> timedelta:
        """How long what says who raised a matter is kept after its end: never shorter than it may be reopened by its receipt."""
        return timedelta(days=max(self.keep_days, self.reopen_days))

    def days_at(self, level: int) -> int:
        """Give the working days that a level has."""
        return {VILLAGE: self.village_days, TOWNSHIP: self.township_days}.get(level, self.county_days)


AREA: Final = SettingsArea("petitions", mark("群众反映"), PetitionSettings)


@dataclass(frozen=True, slots=True)
class Raised:
    """What somebody raises, as it was written."""

    kind: str
    title: str
    body: str
    spot: str = ""
    about: str = ""
    about_name: str = ""
    name: str = ""
    phone: str = ""
    may_publish: bool = False
    source: str = Source.WEB
    identity_seen: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """How a form of the public page came: the code that proves its phone, and the address it was sent from, which is not kept."""

    code: str = ""
    address: str = ""

    def source_hash(self, county: str) -> bytes | None:
        """Give what is kept for some days instead of the address; two counties' hashes cannot be compared."""
        return index_of(self.address, purpose=f"petition_source:{county}") if self.address else None


NOBODY: Final = Sender()


def path_of(region: str) -> list[str]:
    """Give the places on the way up from a matter's place whose posts may have to do with it, the county first."""
    return [region[:digits] for digits in DIGITS.values() if digits <= len(region)]


def is_about_somebody(kind: str, about_name: str, *, meant: bool) -> bool:
    """Tell whether a person is complained about in a matter, so that names in an office's own words count as well.

    ``meant`` says that somebody is shut out of it already: what its raiser wrote names him. In a complaint about a thing an
    office names those who helped.
    """
    return kind == Kind.SUPERVISION or bool(about_name) or (kind == Kind.COMPLAINT and meant)


_VILLAGE_LEADER: Final = "village_secretary"


def level_above(kind: str, level: int, role: str, supervising: Collection[str]) -> int:
    """Give the lowest level that handles what is about a post: above the township's people, a station's own and a village's leader.

    ``supervising`` are the roles that handle supervision matters. Those of a village's station do not work under its secretary.
    """
    leads = role == _VILLAGE_LEADER and kind != Kind.SUPERVISION
    return max(level - 1, COUNTY) if level <= TOWNSHIP or leads or role in supervising else level


def is_plain(raised: Raised) -> bool:
    """Tell whether nobody can be meant by a matter, so that it need not be looked through before others see it."""
    return raised.kind in {Kind.SUGGESTION, Kind.HELP} and not raised.about_name


# Whom a word in "about whom" means, where it is no name: roles at the village, and at the township.
_BELOW: Final = {
    "village_secretary": ("书记", "支书", "村主任", "村委", "村干部", "村两委"), "bookkeeper": ("报账员", "会计", "出纳"), "grid_worker": ("网格员",),
    "supervision_committee": ("监委会", "监督委员会", "联络站"), "village_cadre": ("村主任", "村委", "村干部", "村两委"),
}  # fmt: skip
_OVER: Final = {"township_leader": ("镇长", "乡长", "街道主任", "镇党委", "乡党委", "街道党工委", "镇领导", "乡领导", "街道领导")}


def roles_meant(about_name: str) -> list[str]:
    """Give the roles that are meant by what somebody wrote instead of a name; rather one too many than one too few."""
    over = [role for role, words in _OVER.items() if any(word in about_name for word in words)]
    return over or [role for role, words in _BELOW.items() if any(word in about_name for word in words)]


def checked(raised: Raised, rule: PetitionSettings, *, by_staff: bool = False, level: int = VILLAGE) -> Raised:
    """Give it with its texts trimmed and the phone as plain digits. Raises ``Invalid`` with a message a field."""
    title, body = " ".join(raised.title.split()), raised.body.strip()
    spot, name, about_name = (" ".join(text.split()) for text in (raised.spot, raised.name, raised.about_name))
    phone, supervised = plain_phone(raised.phone), raised.kind == Kind.SUPERVISION
    checks = {
        "kind": (raised.kind in set(Kind), mark("请选择反映的类型。")),
        "title": (0 < len(title) <= LONGEST_TITLE, mark("请用一句话写明是什么事，最多 40 字。")),
        "body": (LEAST_BODY <= len(body) <= LONGEST_BODY, mark("请写明情况，5 到 1000 字。")),
        "spot": (len(spot) <= LONGEST_SPOT, mark("地点最多 60 字。")),
        "name": (len(name) <= LONGEST_NAME, mark("姓名最多 20 字。")),
        "about_name": (len(about_name) <= LONGEST_SPOT, mark("反映的是谁，最多 60 字。")),
        "identity_seen": (not raised.identity_seen or (raised.source == Source.VISIT and bool(phone)), _SEEN_IN_PERSON),
        "about": (not supervised or raised.about in _abouts(level), mark("请选择反映的是哪里的人。")),
    }
    wrong = {field: text for field, (fits, text) in checks.items() if not fits}
    needed = not (rule.anonymous or by_staff)
    if raised.phone.strip() and not phone:
        wrong["phone"] = mark("请填写 11 位手机号。") if needed else mark("请填写 11 位手机号，或者不填。")
    elif needed and not phone:
        wrong["phone"] = mark("请填写手机号，办理的人核实情况时要用。")
    if wrong:
        raise Invalid(fields=wrong)
    return Raised(
        raised.kind, title, body, spot, raised.about if supervised else "", about_name, name, phone,
        raised.may_publish and not supervised, raised.source, raised.identity_seen and by_staff,
    )  # fmt: skip


def _abouts(level: int) -> set[str]:
    return set(About) if level == VILLAGE else {About.TOWNSHIP}


def floor_of(kind: str, about: str, level: int) -> int:
    """Give the lowest level that handles and sees a matter: never the one it is about."""
    if kind != Kind.SUPERVISION:
        return level
    return {About.STATION: TOWNSHIP, About.TOWNSHIP: COUNTY}.get(About(about), min(level, VILLAGE))


def handles(scope: Scope, row: Any) -> bool:
    """Tell whether a petition lies on this post's desk: its place, and its office or grid where one was named."""
    if row["desk"] != scope.region:
        return False
    if scope.grid is not None:
        return bool(row["grid_id"] == scope.grid)
    return scope.office is None or row["office_id"] in {None, scope.office}


def stands_over(scope: Scope, row: Any) -> bool:
    """Tell whether a post stands above a petition's desk: at a place above it, or above an office or grid of its own place."""
    if scope.office is not None and scope.level == COUNTY:
        return False  # a department handles what it was given; it stands over nobody
    if row["desk"] != scope.region:
        return bool(row["desk"].startswith(scope.region))
    return scope.office is None and scope.grid is None and not (row["office_id"] is None and row["grid_id"] is None)


def sees_supervision(scope: Scope) -> bool:
    return scope.may(SUPERVISE)


def new_receipt() -> str:
    """Make a receipt: 100 random bits, as 20 letters and digits that are easy to copy."""
    return "".join(secrets.choice(ALPHABET) for _ in range(_RECEIPT_CHARACTERS))


def receipt_from(seed: str) -> str:
    """Give the receipt of a form sent twice: the same each time, and known to nobody without the server's key."""
    digest = index_of(seed, purpose=f"{PURPOSE}_form")
    return "".join(ALPHABET[byte & 31] for byte in digest[:_RECEIPT_CHARACTERS])


def shown_receipt(receipt: str) -> str:
    """Write it in groups of four, as ABCD-EFGH and so on."""
    return "-".join(receipt[at : at + 4] for at in range(0, len(receipt), 4))


def plain_receipt(text: str) -> str:
    """Give a receipt from what somebody typed, or the empty text if it is none."""
    plain = _NOT_IN_RECEIPTS.sub("", text.upper()) if len(text) <= 2 * _RECEIPT_CHARACTERS else ""
    return plain if len(plain) == _RECEIPT_CHARACTERS else ""


def hash_of_receipt(receipt: str) -> bytes:
    """Give what is stored instead of the receipt."""
    return index_of(receipt, purpose=PURPOSE)


def share_of(part: int, whole: int) -> Decimal | None:
    """Give a share in percent with one decimal; None of nothing."""
    return (Decimal(100) * part / whole).quantize(Decimal("0.1")) if whole else None


def number_of(now: datetime) -> str:
    """Give a number for people to name a matter by: the day and four random characters. It opens nothing."""
    return f"{local(now):%y%m%d}-{''.join(secrets.choice(ALPHABET) for _ in range(4))}"


def form_key() -> bytes:
    """Give the key that signs the public form's tokens."""
    return derived_key("petition_form")
