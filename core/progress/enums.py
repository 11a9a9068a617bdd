"""States of long work."""

from enum import StrEnum

from core.kernel.errors import mark


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


STATE_TITLES = {
    JobState.WAITING: mark("排队中"),
    JobState.RUNNING: mark("进行中"),
    JobState.DONE: mark("已完成"),
    JobState.FAILED: mark("没有完成"),
}
STATE_TONES = {
    JobState.WAITING: "neutral",
    JobState.RUNNING: "info",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
}
OPEN = frozenset({JobState.WAITING, JobState.RUNNING})
