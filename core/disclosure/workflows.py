"""The life of a publication, as pages draw it and actions follow it."""

from typing import Final

from core.kernel.errors import mark
from core.kernel.workflow import State, Transition, Workflow

NOTICE: Final = "notice"
STANDING: Final = "standing"
CORRECTED: Final = "corrected"
WITHDRAWN: Final = "withdrawn"
RELEASE: Final = "core:disclosure:release"
END: Final = "core:disclosure:correct"

PUBLICATION: Final = Workflow(
    "publication",
    mark("公开"),
    "draft",
    states=(
        State("draft", mark("草稿"), "draft"),
        State(NOTICE, mark("公示中"), "standing", tone="soon"),
        State(STANDING, mark("公开中"), "standing", tone="good"),
        State(CORRECTED, mark("已更正"), "ended", tone="notice", final=True),
        State(WITHDRAWN, mark("已撤回"), "ended", tone="danger", final=True),
    ),
    transitions=(
        Transition("release", mark("公开"), frozenset({"draft"}), STANDING, RELEASE, "staff"),
        Transition("give_notice", mark("公示"), frozenset({"draft"}), NOTICE, RELEASE, "staff"),
        Transition("end_notice", mark("公示期满"), frozenset({NOTICE}), STANDING, "", "system"),
        Transition(
            "correct", mark("更正"), frozenset({NOTICE, STANDING}), CORRECTED, END, "staff", asks_reason=True
        ),
        Transition(
            "withdraw", mark("撤回"), frozenset({NOTICE, STANDING}), WITHDRAWN, END, "staff", asks_reason=True, danger=True,
        ),
    ),
    steps=(("draft", mark("草稿")), ("standing", mark("公开")), ("ended", mark("结束"))),
)
