"""Names and codes of regions."""

import pytest

from core.tenancy.enums import Level
from core.tenancy.rules import is_pseudo, natural_order, next_code, parent_of, short_name


@pytest.mark.parametrize(
    ("name", "level", "short"),
    [
        ("浙江省", 1, "浙江"),
        ("内蒙古自治区", 1, "内蒙古"),
        ("新疆维吾尔自治区", 1, "新疆"),
        ("延边朝鲜族自治州", 2, "延边"),
        ("南浔区", 3, "南浔"),
        ("东乡族自治县", 3, "东乡"),
        ("鄂温克族自治旗", 3, "鄂温克"),
        ("郊区", 3, "郊区"),
        ("许昌经济技术开发区", 3, "许昌经济技术开发区"),
        ("练市镇", 4, "练市"),
        ("东迁街道", 4, "东迁"),
        ("德顺蒙古族乡", 4, "德顺"),
        ("张镇", 4, "张镇"),
        ("朱家兜村村民委员会", 5, "朱家兜村"),
        ("南辛庄村民委员会", 5, "南辛庄村"),
        ("东河村委会", 5, "东河村"),
        ("西栅社区居委会", 5, "西栅社区"),
        ("龙潭社区居民委员会", 5, "龙潭社区"),
        ("凤凰桥居民委员会", 5, "凤凰桥居委会"),
        ("二村", 5, "二村"),
    ],
)
def test_short_name_drops_the_bureaus_suffix(name: str, level: int, short: str) -> None:
    assert short_name(name, level) == short


@pytest.mark.parametrize(
    ("name", "level", "parent", "pseudo"),
    [
        ("市辖区", 2, "北京市", True),
        ("省直辖县级行政区划", 2, "河南省", True),
        ("东莞市", 3, "东莞市", True),
        ("湖州市", 2, "浙江省", False),
        ("南浔区", 3, "湖州市", False),
        ("某开发区虚拟社区", 5, "某开发区", True),
    ],
)
def test_zones_that_fill_a_place_are_marked(name: str, level: int, parent: str, *, pseudo: bool) -> None:
    assert is_pseudo(name, level, parent) is pseudo


def test_parents_follow_the_lengths_of_codes() -> None:
    assert [parent_of(code) for code in ("33", "3305", "330503", "330503102", "330503102200")] == [
        "", "33", "3305", "330503", "330503102",
    ]  # fmt: skip


def test_new_codes_stay_in_the_band_of_their_kind() -> None:
    assert next_code("330503", "新镇", {"330503100", "330503108"}) == "330503109"
    assert next_code("330503", "新街道", {"330503001"}) == "330503002"
    assert next_code("330503102", "某某村", set()) == "330503102200"
    assert next_code("330503102", "某某社区", {"330503102199"}) == "330503102001"
    assert next_code("330503102", "某某生活区", set()) == "330503102400"


def test_full_band_is_said() -> None:
    with pytest.raises(LookupError):
        next_code("330503", "新镇", {f"330503{n}" for n in range(100, 200)})


def test_levels_have_the_lengths_of_codes() -> None:
    assert [int(level) for level in Level] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "names",
    [
        ["第一网格", "第二网格", "第三网格", "第九网格", "第十网格", "第十一网格", "第十二网格", "第二十网格", "第二十一网格", "第一百零二网格"],
        ["1 组", "2 组", "10 组", "11 组"],
        ["东一网格", "东二网格", "西一网格"],
        ["网格", "网格二", "网格十"],
        ["二〇二五年新村", "二〇二六年新村"],
    ],
)
def test_names_with_numbers_are_sorted_as_people_count(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(backwards, key=natural_order) == names
