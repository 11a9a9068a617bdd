"""Every hook once."""

from collections.abc import Iterable
from datetime import time
from pathlib import Path

from core.api import (
    Clock,
    Column,
    Command,
    CountyDisabled,
    CountyEnabling,
    DecisionSubject,
    Domain,
    FieldKind,
    Grant,
    Group,
    Handler,
    Listen,
    LongWork,
    Manifest,
    NoticeText,
    Permission,
    PersonalData,
    Role,
    Schedule,
    ScoreSource,
    ScreeningRule,
    Sealed,
    Section,
    SettingsArea,
    SettingsChanged,
    Tables,
    TaskKind,
    TransitionGuard,
    Translations,
    WarningModel,
    hook,
    mark,
    needs_decision,
)
from web.api import MenuEntry, Routes, Slot, Templates
from xiangzhi_sample import jobs, pages
from xiangzhi_sample.actions import NOTED, erase_notes_of
from xiangzhi_sample.queries import READ, WRITE, notes_of, stored_notes, unsealed_notes
from xiangzhi_sample.settings import SampleSettings
from xiangzhi_sample.tables import Note


@hook
def manifest() -> Iterable[Manifest]:
    yield Manifest(
        name="sample",
        title=mark("走访手记"),
        summary=mark("村干部随手记下走访见闻。乡镇在一处看到全部手记。"),
        version="1.0.0",
        in_hand=mark("手记都保留，重新开启后照旧。"),
    )


@hook
def tables() -> Iterable[Tables]:
    yield Tables((Note,), "xiangzhi_sample.piccolo_app")


@hook
def settings() -> Iterable[SettingsArea]:
    yield SettingsArea("sample", mark("走访手记"), SampleSettings)


@hook
def permissions() -> Iterable[Permission]:
    yield Permission(READ, mark("查看走访手记"))
    yield Permission(WRITE, mark("写走访手记"))


@hook
def roles() -> Iterable[Role]:
    yield Role("sample_visitor", mark("走访员"), 5, frozenset({READ, WRITE}))


@hook
def grants() -> Iterable[Grant]:
    yield Grant("village_cadre", frozenset({READ, WRITE}))
    yield Grant("township_leader", frozenset({READ}))


@hook
def task_kinds() -> Iterable[TaskKind]:
    yield TaskKind("sample:visit", mark("入户走访"), hint=mark("要有照片。"), evidence={"photos": 1})


@hook
def screening_rules() -> Iterable[ScreeningRule]:
    yield ScreeningRule("sample:word", mark("留意的词"), jobs.screen_word)


@hook
def transition_guards() -> Iterable[TransitionGuard]:
    yield TransitionGuard("sample:read", mark("先看手记"), "assignment", "submit", jobs.may_submit)
    yield needs_decision(
        "sample:decided", mark("先有民主决策"), workflow="sample_note", transition="carry_out", kind="sample:note"
    )


@hook
def decision_subjects() -> Iterable[DecisionSubject]:
    yield DecisionSubject("sample:note", mark("走访中提出的事"), find=jobs.find_note)


@hook
def handlers() -> Iterable[Handler]:
    yield Handler(NOTED, "sample:seen", jobs.on_noted)


@hook
def schedules() -> Iterable[Schedule]:
    yield Schedule("sample:morning", NOTED, at=time(8))


@hook
def long_works() -> Iterable[LongWork]:
    yield LongWork("sample:count", mark("清点手记"), jobs.count_all)


@hook
def notice_texts() -> Iterable[NoticeText]:
    yield NoticeText("sample:noted", mark("有新的走访手记：“%(title)s”。"))


@hook
def score_sources() -> Iterable[ScoreSource]:
    yield ScoreSource("sample:visit", mark("走访得分"))


@hook
def disclosure_sections() -> Iterable[Section]:
    columns = (
        Column("day", mark("日期"), FieldKind.DATE),
        Column("writer", mark("走访人"), FieldKind.NAME),
        Column("text", mark("见闻"), FieldKind.TEXT, key=True),
    )
    yield Section("sample:notes", mark("走访手记"), Group.TASKS, Clock.NONE, columns, jobs.collect_notes)


@hook
def warning_models() -> Iterable[WarningModel]:
    yield WarningModel(
        "sample:short_note", mark("手记太短"), Domain.OTHER, jobs.find_short_notes, mark("都是黄色。"), listens=(Listen(NOTED),)
    )


@hook
def sealed() -> Iterable[Sealed]:
    yield Sealed("sample:note", mark("走访手记"), unsealed_notes, stored_notes)


@hook
def personal_data() -> Iterable[PersonalData]:
    yield PersonalData("sample:notes", mark("走访手记"), notes_of, erase_notes_of)


@hook
def commands() -> Iterable[Command]:
    yield Command("sample:report", mark("清点手记"), jobs.report)


@hook
def translations() -> Iterable[Translations]:
    yield Translations(Path(__file__).parent / "locale" / "en.po")


@hook
def county_enabling() -> Iterable[CountyEnabling]:
    yield CountyEnabling("sample:enabling", jobs.on_enabling)


@hook
def county_disabled() -> Iterable[CountyDisabled]:
    yield CountyDisabled("sample:disabled", jobs.on_disabled)


@hook
def settings_changed() -> Iterable[SettingsChanged]:
    yield SettingsChanged("sample:settings", jobs.on_settings)


@hook
def routes() -> Iterable[Routes]:
    yield pages.ROUTES


@hook
def menu_entries() -> Iterable[MenuEntry]:
    yield pages.MENU


@hook
def templates() -> Iterable[Templates]:
    yield pages.TEMPLATES


@hook
def slots() -> Iterable[Slot]:
    yield pages.SLOT
