"""How receivers are grouped on the page that sends."""

import pytest

from web.pages.tasks.receivers import kind_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("朱家兜村", "村"), ("水口村民委员会", "村"), ("练溪社区", "社区"), ("茹家甸社区居委会", "社区"), ("练市镇", "镇"),
        ("东迁街道", "街道"), ("安吉乡", "乡"), ("开发区", "其他"),
    ],
)  # fmt: skip
def test_kind_of_a_place_follows_from_its_full_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind
