"""The words of entry lists (准入清单): levels, states of a version, kinds of items."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.kernel.errors import mark


class ListLevel(StrEnum):
    """Whose list it is: what may be asked of townships, or of villages."""

    TOWNSHIP = "township"
    VILLAGE = "village"


class ListState(StrEnum):
    """A version's life. Only drafts are edited; a superseded version stays as it was."""

    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


class ItemKind(StrEnum):
    """What an item says about its matter. ``Bearing`` says what screening makes of it."""

    CORE_DUTY = "core_duty"
    ASSISTING_DUTY = "assisting_duty"
    SELF_GOVERNANCE = "self_governance"
    ASSISTING = "assisting"
    POWER = "power"
    WITHDRAWN_DUTY = "withdrawn_duty"
    BANNED = "banned"
    BANNED_CERTIFICATE = "banned_certificate"
    DELEGATED_POWER = "delegated_power"
    CERTIFICATE = "certificate"
    DISCLOSURE = "disclosure"


class Bearing(StrEnum):
    """What follows for a matter that falls under an item: it may be sent, must not, or neither is said."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    REFERENCE = "reference"


LEVEL_TITLES: Final[Mapping[str, str]] = {
    ListLevel.TOWNSHIP: mark("涉镇事项"),
    ListLevel.VILLAGE: mark("涉村事项"),
}
STATE_TITLES: Final[Mapping[str, str]] = {
    ListState.DRAFT: mark("草稿"),
    ListState.PUBLISHED: mark("已发布"),
    ListState.SUPERSEDED: mark("已被取代"),
}
KIND_TITLES: Final[Mapping[str, str]] = {
    ItemKind.CORE_DUTY: mark("基本履职"),
    ItemKind.ASSISTING_DUTY: mark("配合履职"),
    ItemKind.SELF_GOVERNANCE: mark("依法自治"),
    ItemKind.ASSISTING: mark("依法协助"),
    ItemKind.POWER: mark("小微权力"),
    ItemKind.WITHDRAWN_DUTY: mark("上级收回"),
    ItemKind.BANNED: mark("负面清单"),
    ItemKind.BANNED_CERTIFICATE: mark("不应出具的证明"),
    ItemKind.DELEGATED_POWER: mark("赋权事项"),
    ItemKind.CERTIFICATE: mark("可出具的证明"),
    ItemKind.DISCLOSURE: mark("公开事项"),
}
BEARINGS: Final[Mapping[str, Bearing]] = {
    ItemKind.CORE_DUTY: Bearing.ALLOWED,
    ItemKind.ASSISTING_DUTY: Bearing.ALLOWED,
    ItemKind.SELF_GOVERNANCE: Bearing.ALLOWED,
    ItemKind.ASSISTING: Bearing.ALLOWED,
    ItemKind.POWER: Bearing.ALLOWED,
    ItemKind.WITHDRAWN_DUTY: Bearing.FORBIDDEN,
    ItemKind.BANNED: Bearing.FORBIDDEN,
    ItemKind.BANNED_CERTIFICATE: Bearing.FORBIDDEN,
    ItemKind.DELEGATED_POWER: Bearing.REFERENCE,
    ItemKind.CERTIFICATE: Bearing.REFERENCE,
    ItemKind.DISCLOSURE: Bearing.REFERENCE,
}
BEARING_TITLES: Final[Mapping[str, str]] = {
    Bearing.ALLOWED: mark("可以派发"),
    Bearing.FORBIDDEN: mark("不得派发"),
    Bearing.REFERENCE: mark("仅供参照"),
}
KINDS_OF_LEVEL: Final[Mapping[str, tuple[ItemKind, ...]]] = {
    ListLevel.TOWNSHIP: (
        ItemKind.CORE_DUTY,
        ItemKind.ASSISTING_DUTY,
        ItemKind.DELEGATED_POWER,
        ItemKind.DISCLOSURE,
        ItemKind.WITHDRAWN_DUTY,
        ItemKind.BANNED,
    ),
    ListLevel.VILLAGE: (
        ItemKind.SELF_GOVERNANCE,
        ItemKind.ASSISTING,
        ItemKind.POWER,
        ItemKind.CERTIFICATE,
        ItemKind.DISCLOSURE,
        ItemKind.BANNED,
        ItemKind.BANNED_CERTIFICATE,
    ),
}
