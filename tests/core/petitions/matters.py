"""What villagers raise in tests."""

from core.petitions.rules import Raised

PHONE = "13812345678"


def said(**changes: object) -> Raised:
    """Give what a villager raises; change what a test is about."""
    base = {
        "kind": "complaint", "title": "村口路灯不亮", "body": "村口三盏路灯坏了两个月。", "spot": "村口", "name": "陈阿土", "phone": PHONE,
        "may_publish": True,
    }  # fmt: skip
    return Raised(**{**base, **changes})  # type: ignore[arg-type]
