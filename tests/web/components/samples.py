"""Shells with made-up people, for the tests of pages and for looking at them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from web.render import MembershipChoice, MenuItem, MenuSection, RegionStep, Shell

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
_PATH = (
    RegionStep("浙江省", "33"),
    RegionStep("湖州市", "3305"),
    RegionStep("南浔区", "330503"),
    RegionStep("练市镇", "330503101"),
)


def cadre(**changes: object) -> Shell:
    """Look as a village cadre on a phone."""
    shell = Shell(
        title="我的任务",
        now=NOW,
        csrf_token="token",
        person_name="沈建国",
        role_name="村干部",
        membership_label="村干部 · 朱家兜村",
        place_name="朱家兜村",
        region_path=(*_PATH, RegionStep("朱家兜村", "330503101201")),
        menu=(
            MenuSection(
                "任务", (MenuItem("我的任务", "/", 3, current=True), MenuItem("可领任务", "/open", 4))
            ),
        ),
        bottom=(
            MenuItem("我的任务", "/", current=True, icon="tasks"),
            MenuItem("可领", "/open", icon="take"),
            MenuItem("上报", "/report", icon="edit"),
            MenuItem("我的", "/me", icon="user"),
        ),
        notice_count=3,
        memberships=(
            MembershipChoice("1", "村干部 · 朱家兜村", current=True),
            MembershipChoice("2", "网格员 · 李家兜村"),
        ),
    )
    return replace(shell, **changes)  # type: ignore[arg-type]


def leader(**changes: object) -> Shell:
    """Look as a township leader at a desk."""
    shell = Shell(
        title="派任务",
        now=NOW,
        csrf_token="token",
        person_name="陈卫东",
        role_name="分管领导",
        membership_label="分管领导 · 练市镇",
        place_name="练市镇",
        region_path=_PATH,
        menu=(
            MenuSection(
                "任务",
                (
                    MenuItem("今天", "/"),
                    MenuItem("来件", "/incoming", 6),
                    MenuItem("派任务", "/dispatch", current=True),
                    MenuItem("进度", "/progress", 38),
                    MenuItem("评分", "/score", 12),
                ),
            ),
            MenuSection("民情", (MenuItem("诉求", "/petitions", 4),)),
            MenuSection("本镇", (MenuItem("特色清单", "/list"), MenuItem("评分规则", "/rules"))),
        ),
        notice_count=5,
        memberships=(MembershipChoice("1", "分管领导 · 练市镇", current=True),),
    )
    return replace(shell, **changes)  # type: ignore[arg-type]


def due(**away: float) -> datetime:
    """Return a time so far from the samples' now."""
    return NOW + timedelta(**away)


def gallery_values() -> dict[str, object]:
    """Return what the gallery shows beside its own words."""
    names = ("朱家兜村", "李家兜村", "蔡家桥村", "白水河村", "钟家墩村")
    loads = ((4, 1), (3, 0), (11, 2), (2, 0), (5, 0))
    return {
        "late": due(days=-1),
        "soon": due(days=3),
        "villages": [
            {"id": f"v{place}", "name": name, "load": load, "late": late}
            for place, (name, (load, late)) in enumerate(zip(names, loads, strict=True), 1)
        ],
        "people": [
            {"name": "沈建国", "role": "村干部", "place": "朱家兜村", "points": 46, "tone": "danger"},
            {"name": "钱小芳", "role": "网格员", "place": "李家兜村", "points": 39, "tone": None},
            {"name": "陆根生", "role": "村书记", "place": "蔡家桥村", "points": 12, "tone": None},
        ],
    }
