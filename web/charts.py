"""Where things stand in the drawings that templates write as SVG. Pure figures; no colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BOX = (112, 40)
_GAP = (48, 32)
_MARGIN = 12
_LANE = 22
_TIP = 7


@dataclass(frozen=True, slots=True)
class Box:
    """A state's rectangle."""

    code: str
    name: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """A transition's line and tip as SVG paths, and where its name is written."""

    name: str
    path: str
    tip: str
    x: int
    y: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole flow chart; ``width`` and ``height`` are the view box."""

    boxes: Sequence[Box]
    arrows: Sequence[Arrow]
    width: int
    height: int


def flow_layout(states: Sequence[tuple[str, str]], transitions: Sequence[tuple[str, str, str]]) -> Flow:
    """Stand the states under each other in their order; steps go straight down, others run in lanes.

    ``states`` are (code, name), ``transitions`` (source, target, name). Jumps run right of the boxes,
    returns left, each in its own lane, the shortest nearest, so that no two lines lie on each other. A
    transition of an unknown state raises KeyError.
    """
    order = {code: place for place, (code, _) in enumerate(states)}
    by_length = sorted(transitions, key=lambda t: abs(order[t[1]] - order[t[0]]))
    jumps = [t for t in by_length if order[t[1]] - order[t[0]] > 1]
    returns = [t for t in by_length if order[t[1]] < order[t[0]]]
    width, height = _BOX
    left = _MARGIN + max([_text_width(t[2]) for t in returns], default=0) + _LANE * (len(returns) + 1)
    boxes = [
        Box(code, name, left, _MARGIN + place * (height + _GAP[1]), width, height)
        for place, (code, name) in enumerate(states)
    ]
    at = {box.code: box for box in boxes}
    arrows = [_down(at[s], at[t], name) for s, t, name in transitions if order[t] - order[s] == 1]
    arrows += [_lane(at[s], at[t], name, lane + 1) for lane, (s, t, name) in enumerate(jumps)]
    arrows += [_lane(at[s], at[t], name, -lane - 1) for lane, (s, t, name) in enumerate(returns)]
    right = left + width + _LANE * (len(jumps) + 1) + max([_text_width(t[2]) for t in jumps], default=60)
    return Flow(boxes, arrows, right + _MARGIN, boxes[-1].y + height + _MARGIN if boxes else 0)


def _text_width(text: str) -> int:
    """Width in a 13 px type: a Chinese sign is as wide as it is high."""
    return sum(13 if ord(sign) > 255 else 7 for sign in text)  # noqa: PLR2004 (end of Latin-1)


def _down(source: Box, target: Box, name: str) -> Arrow:
    x, end = source.x + source.width // 2, target.y
    path = f"M{x} {source.y + source.height}V{end - _TIP}"
    return Arrow(name, path, f"M{x - 5} {end - _TIP}h10l-5 {_TIP}z", x + 8, end - 11, "start")


def _lane(source: Box, target: Box, name: str, lane: int) -> Arrow:
    """Out of one side, along the lane, back into the same side; lines into one box enter a little apart."""
    way = 1 if lane > 0 else -1
    side = source.x + source.width if lane > 0 else source.x
    x = side + lane * _LANE
    shift = way * (abs(lane) * 5 if target.y > source.y else -abs(lane) * 5)
    start, end = source.y + source.height // 2 + way * shift, target.y + target.height // 2 - way * shift
    path = f"M{side} {start}H{x}V{end}H{side + way * _TIP}"
    tip = f"M{side + way * _TIP} {end - 5}v10l{-way * _TIP} -5z"
    return Arrow(name, path, tip, x + way * 4, (start + end) // 2 + 4, "start" if way > 0 else "end")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; ``length`` is in hundredths of the longest."""

    label: str
    text: str
    y: int
    length: float


def bar_layout(rows: Sequence[Mapping[str, object]], row_height: int = 32) -> Sequence[Bar]:
    """Bars from rows of label, value and (optionally) text; the longest is 100 units long."""
    figures = [float(str(row["value"])) for row in rows]
    longest = max(figures, default=0) or 1
    return [
        Bar(str(row["label"]), str(row.get("text", row["value"])), place * row_height, figure / longest * 100)
        for place, (row, figure) in enumerate(zip(rows, figures, strict=True))
    ]
