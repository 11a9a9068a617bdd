"""A procedure as data: steps in order, with who meets, how many it takes, how long one waits, what is attached.

Written as TOML, by us (``built_in/``) or in a county's pack (``tenants/<code>/procedures/``), stored as JSON with its dates,
and copied whole into each decision that begins under it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from core.decisions.enums import BODY_TITLES, KIND_TITLES, Body, StepKind
from core.decisions.rules import CAME, LEAST, SHOULD, Share

_PUBLISHING: Final = frozenset({StepKind.PUBLISH_RESOLUTION, StepKind.PUBLISH_RESULT})
_MEETING: Final = frozenset({StepKind.CONSULTATION, StepKind.PARTY_REVIEW, StepKind.RESOLUTION})
_MOST_STEPS: Final = 12
_MOST_DAYS: Final = 90


class ProcedureError(ValueError):
    """A procedure cannot be used as it is; the message names the step and what is wrong."""


class LessThanLaw(ProcedureError):
    """A body would decide with fewer people than the national law asks. ``field`` is ``step.body.quorum`` or ``.majority``."""

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Meeting:
    """One body that may decide a step. ``notice_days`` are waited for; ``source`` says where the rule comes from."""

    body: Body
    title: str
    quorum: Share | None
    majority: Share | None
    notice_days: int = 0
    on_board: bool = False
    source: str = ""

    def stored(self) -> dict[str, Any]:
        return {
            "body": str(self.body), "title": self.title, "quorum": str(self.quorum) if self.quorum else "",
            "majority": str(self.majority) if self.majority else "", "notice_days": self.notice_days,
            "on_board": self.on_board, "source": self.source,
        }  # fmt: skip

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        body = Body(told["body"])
        return cls(
            body=body, title=str(told.get("title") or BODY_TITLES[body]),
            quorum=Share.of_text(told["quorum"]) if told.get("quorum") else None,
            majority=Share.of_text(told["majority"], of=CAME) if told.get("majority") else None,
            notice_days=int(told.get("notice_days", 0)), on_board=bool(told.get("on_board", False)),
            source=str(told.get("source", "")),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step. ``days`` are those of a public notice; ``within_days`` is the clock (0 none, -1 the county's setting)."""

    code: str
    kind: StepKind
    title: str
    who: str = ""
    hint: str = ""
    meetings: tuple[Meeting, ...] = ()
    days: int = 0
    within_days: int = -1
    sheets: int = 0
    photos: int = 0
    roles: tuple[str, ...] = ("village_secretary", "village_cadre")
    source: str = ""

    @property
    def publishes(self) -> bool:
        """Whether this step is filled by a publication or a notice on the board."""
        return self.kind in _PUBLISHING or self.days > 0

    @property
    def votes(self) -> bool:
        return bool(self.meetings)

    @property
    def has_notice(self) -> bool:
        return any(meeting.notice_days for meeting in self.meetings)

    def meeting(self, body: str) -> Meeting | None:
        """Give the body's rules; None for one that may not decide this step."""
        return next((each for each in self.meetings if each.body == body), None)

    def stored(self) -> dict[str, Any]:
        return {
            "code": self.code, "kind": str(self.kind), "title": self.title, "who": self.who, "hint": self.hint,
            "meetings": [each.stored() for each in self.meetings], "days": self.days, "within_days": self.within_days,
            "sheets": self.sheets, "photos": self.photos, "roles": list(self.roles), "source": self.source,
        }  # fmt: skip

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        kind = StepKind(told["kind"])
        return cls(
            code=str(told["code"]), kind=kind, title=str(told.get("title") or KIND_TITLES[kind]),
            who=str(told.get("who", "")), hint=str(told.get("hint", "")),
            meetings=tuple(Meeting.of(each) for each in told.get("meetings", ())), days=int(told.get("days", 0)),
            within_days=int(told.get("within_days", -1)), sheets=int(told.get("sheets", 0)),
            photos=int(told.get("photos", 0)), roles=tuple(told.get("roles", cls.roles_usual())),
            source=str(told.get("source", "")),
        )  # fmt: skip

    @staticmethod
    def roles_usual() -> tuple[str, ...]:
        """Give whose turn a step is where its data says nothing."""
        return ("village_secretary", "village_cadre")


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure in one version. Raises ``ProcedureError`` at once where its steps cannot be gone through.

    ``subjects`` names the kinds it is meant for (none: any); ``mandate`` says that it rests on a yearly resolution.
    """

    code: str
    title: str
    summary: str
    steps: tuple[Step, ...]
    version: int = 1
    subjects: tuple[str, ...] = ()
    mandate: bool = False
    allowed: bool = True
    source: str = field(default="")

    def __post_init__(self) -> None:
        _check(self)

    def at(self, place: int) -> Step:
        return self.steps[place]

    def place_of(self, code: str) -> int:
        """Give where a step stands, from 0."""
        return next(n for n, step in enumerate(self.steps) if step.code == code)

    @property
    def resolves_at(self) -> int:
        """Where the last resolution is passed: from there on the matter is decided."""
        return max(n for n, step in enumerate(self.steps) if step.kind is StepKind.RESOLUTION)

    @property
    def publishes_at(self) -> int:
        """Where the resolution is made public: from its end on others may rest on it."""
        return next(n for n, step in enumerate(self.steps) if step.kind is StepKind.PUBLISH_RESOLUTION)

    def stored(self) -> dict[str, Any]:
        """Give the JSON that the database keeps."""
        return {
            "code": self.code, "title": self.title, "summary": self.summary, "version": self.version,
            "subjects": list(self.subjects), "mandate": self.mandate, "allowed": self.allowed, "source": self.source,
            "steps": [step.stored() for step in self.steps],
        }  # fmt: skip

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Read a procedure from TOML or from what was stored. Raises ``ProcedureError``."""
        try:
            return cls(
                code=str(told["code"]), title=str(told["title"]), summary=str(told.get("summary", "")),
                steps=tuple(Step.of(each) for each in told["steps"]), version=int(told.get("version", 1)),
                subjects=tuple(told.get("subjects", ())), mandate=bool(told.get("mandate", False)),
                allowed=bool(told.get("allowed", True)), source=str(told.get("source", "")),
            )  # fmt: skip
        except ProcedureError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise ProcedureError(f"{told.get('code', '?')}: {error}") from error


def _check(procedure: Procedure) -> None:
    steps = procedure.steps
    kinds = [step.kind for step in steps]
    if not 0 < len(steps) <= _MOST_STEPS or len({step.code for step in steps}) != len(steps):
        raise ProcedureError(f"{procedure.code}: 步骤为 1 到 {_MOST_STEPS} 个，代码不能重复")
    for kind in (StepKind.PUBLISH_RESOLUTION, StepKind.PUBLISH_RESULT):
        if kinds.count(kind) != 1:
            raise ProcedureError(f"{procedure.code}: 应有且只有一步“{KIND_TITLES[kind]}”")
    if StepKind.RESOLUTION not in kinds:
        raise ProcedureError(f"{procedure.code}: 没有“决议”这一步")
    if procedure.publishes_at < procedure.resolves_at or kinds[-1] is not StepKind.PUBLISH_RESULT:
        raise ProcedureError(f"{procedure.code}: 先决议，再公开决议，最后公开结果")
    for step in steps:
        _check_step(procedure.code, step)


def _check_step(code: str, step: Step) -> None:
    where = f"{code}.{step.code}"
    if step.kind in _MEETING and not step.meetings:
        raise ProcedureError(f"{where}: 没有写由谁开会决定")
    if step.publishes and step.meetings:
        raise ProcedureError(f"{where}: 公示的步骤不能同时是会议")
    if len({each.body for each in step.meetings}) != len(step.meetings):
        raise ProcedureError(f"{where}: 同一种会议写了两次")
    numbers: Sequence[int] = (step.days, *(each.notice_days for each in step.meetings))
    if min(numbers) < 0 or max(numbers) > _MOST_DAYS:
        raise ProcedureError(f"{where}: 天数为 0 到 {_MOST_DAYS} 天")
    for each in step.meetings:
        _check_meeting(step.code, each)


def _check_meeting(where: str, meeting: Meeting) -> None:
    """Hold a body to the national law's least, and every resolution to some majority."""
    if meeting.majority is None:
        raise ProcedureError(f"{where}: {meeting.title}没有写多少人同意才通过")
    least = LEAST.get(meeting.body)
    if least is None:
        return
    for name, mine, law in (
        ("quorum", meeting.quorum, least[0]),
        ("majority", meeting.majority, least[1]),
    ):
        if mine is None or mine.is_weaker_than(law):
            field = f"{where}.{meeting.body}.{name}"
            raise LessThanLaw(f"{field}: 低于村民委员会组织法第二十二条（{law}）", field=field)


__all__ = ["SHOULD", "Meeting", "Procedure", "ProcedureError", "Step"]
