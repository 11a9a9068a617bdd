"""Where things stand in the drawings that templates write as SVG. Pure figures; no colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_BOX = (112, 40)
_GAP = 32
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

    ``states`` are (code, name), ``transitions`` (source, target, name). Jumps run right of the boxes, returns left.
    What has one name and one target shares a lane; the shortest lane is nearest, so that no two lines lie on each
    other. A transition of an unknown state raises KeyError.
    """
    order = {code: place for place, (code, _) in enumerate(states)}
    steps = [t for t in transitions if order[t[1]] - order[t[0]] == 1]
    right = _lanes([t for t in transitions if order[t[1]] - order[t[0]] > 1], order)
    left = _lanes([t for t in transitions if order[t[1]] <= order[t[0]]], order)
    x = _MARGIN + _room(left)
    boxes = [
        Box(code, name, x, _MARGIN + place * (_BOX[1] + _GAP), *_BOX)
        for place, (code, name) in enumerate(states)
    ]
    at = {box.code: box for box in boxes}
    arrows = [_down(at[source], at[target], name) for source, target, name in steps]
    for lanes, way in ((right, 1), (left, -1)):
        ports = _ports(lanes, at)
        arrows += [_lane(lane, place + 1, way, at, ports) for place, lane in enumerate(lanes)]
    height = boxes[-1].y + _BOX[1] + _MARGIN if boxes else 0
    return Flow(boxes, arrows, x + _BOX[0] + _room(right) + _MARGIN, height)


@dataclass(frozen=True, slots=True)
class _Lane:
    """Transitions of one name to one target, running beside the boxes."""

    target: str
    name: str
    sources: Sequence[str]


def _lanes(transitions: Sequence[tuple[str, str, str]], order: Mapping[str, int]) -> list[_Lane]:
    """Group what shares a name and a target; the shortest comes first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for source, target, name in transitions:
        groups.setdefault((target, name), []).append(source)
    lanes = [
        _Lane(target, name, sorted(sources, key=order.__getitem__))
        for (target, name), sources in groups.items()
    ]
    return sorted(
        lanes, key=lambda lane: max(abs(order[source] - order[lane.target]) for source in lane.sources)
    )


def _room(lanes: Sequence[_Lane]) -> int:
    """Width that the lanes of one side and the outermost words need."""
    return _LANE * (len(lanes) + 1) + max((_text_width(lane.name) for lane in lanes), default=_LANE)


def _text_width(text: str) -> int:
    """Width in a 13 px type: a Chinese sign is as wide as it is high."""
    return sum(13 if ord(sign) > 255 else 7 for sign in text)  # noqa: PLR2004 (end of Latin-1)


def _ports(lanes: Sequence[_Lane], at: Mapping[str, Box]) -> dict[tuple[str, int], int]:
    """Height at which each lane leaves or enters a box, spread over the box's side; keys are (box, lane)."""
    used: dict[str, list[int]] = {}
    for place, lane in enumerate(lanes):
        for code in (*lane.sources, lane.target):
            used.setdefault(code, []).append(place)
    ports = {}
    for code, places in used.items():
        step = min(10, (_BOX[1] - 12) / len(places))
        for count, place in enumerate(places):
            ports[code, place] = round(at[code].y + _BOX[1] / 2 + (count - (len(places) - 1) / 2) * step)
    return ports


def _down(source: Box, target: Box, name: str) -> Arrow:
    x, end = source.x + source.width // 2, target.y
    path = f"M{x} {source.y + source.height}V{end - _TIP}"
    return Arrow(name, path, f"M{x - 5} {end - _TIP}h10l-5 {_TIP}z", x + 8, end - 11, "start")


def _lane(
    lane: _Lane, number: int, way: int, at: Mapping[str, Box], ports: Mapping[tuple[str, int], int]
) -> Arrow:
    """Out of the side of each source, along the lane, into the same side of the target. ``way`` is 1 right, -1 left."""
    target = at[lane.target]
    side = target.x + target.width if way > 0 else target.x
    x = side + way * number * _LANE
    end = ports[lane.target, number - 1]
    starts = [ports[source, number - 1] for source in lane.sources]
    lines = "".join(f"M{side} {start}H{x}V{end}" for start in starts)
    tip = f"M{side + way * _TIP} {end - 5}v10l{-way * _TIP} -5z"
    middle = (starts[0] + end) // 2 + 4
    return Arrow(
        lane.name, f"{lines}H{side + way * _TIP}", tip, x + way * 4, middle, "start" if way > 0 else "end"
    )


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
