"""How quickly matters are held against a list, beside a plain comparison of character pairs in the same process.

The floor is what a first attempt would do: pairs of characters, weighed by how rare they are, one postings list each, one
loop. Everything is measured on one core in processor time: the machine's other work is not ours to count.
"""

import resource
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from math import log
from pathlib import Path
from random import Random
from statistics import quantiles
from time import perf_counter, process_time

from benchmarks.figures import Figure, Plan, at_least, bounded
from benchmarks.site import Site
from plugins.township_filter.comparison.arrivals import Arrivals
from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.ranking import words_index
from plugins.township_filter.comparison.text import folded
from scripts.screening_texts import Labelled, ListItem, items_of, read_texts

TEXTS = Path(__file__).parents[1] / "tests" / "plugins" / "township_filter" / "texts"
SIZES = (1_200, 20_000)
LEAST = {1_200: 2_000, 20_000: 500}  # texts a second
MOST_BUILDING = 2_000.0  # ms
MOST_SINGLE = 10.0  # ms
MOST_MEMORY = 200.0  # MB of a whole process that holds the largest list and judges by it
_OPENINGS = ("全县", "镇级", "农村", "社区", "重点", "年度", "基层", "区域", "山区", "沿海", "城郊", "集镇")
_ENDINGS = ("工作", "管理", "协助", "落实", "推进", "检查", "登记", "指导", "服务", "监督")


def many_items(count: int) -> list[ListItem]:
    """Give as many different items as a list of that size has: the known ones in other words and joined."""
    chance = Random(7)  # noqa: S311 - texts of a measurement
    known = [item for level in items_of(TEXTS / "entry_list.csv").values() for item in level]
    found = []
    for number in range(count):
        item, other = known[number % len(known)], chance.choice(known)
        joined = f"和{other.title}" if number >= len(known) and number % 2 else ""
        title = f"{chance.choice(_OPENINGS)}{item.title}{joined}{chance.choice(_ENDINGS)}"
        found.append(ListItem(f"{item.code}-{number}", title, item.bearing, (), item.department))
    return found


class Pairs:
    """The floor: pairs of characters."""

    def __init__(self, items: list[ListItem]) -> None:
        self.size = len(items)
        self.having: dict[str, list[int]] = defaultdict(list)
        for at, item in enumerate(items):
            name = folded(item.title)
            for pair in {name[start : start + 2] for start in range(len(name) - 1)}:
                self.having[pair].append(at)

    def nearest(self, text: Labelled) -> int:
        """Give the nearest item's place."""
        whole = folded(f"{text.title} {text.body}")
        scores: dict[int, float] = defaultdict(float)
        for pair in {whole[start : start + 2] for start in range(len(whole) - 1)}:
            if found := self.having.get(pair):
                worth = log(1 + self.size / len(found))
                for at in found:
                    scores[at] += worth
        return max(scores, key=scores.__getitem__, default=0)


def _rate(work: Callable[[], None], *, texts: int, seconds: float) -> float:
    """Give texts a second of processor time."""
    begun, done = process_time(), 0
    while process_time() - begun < seconds:
        work()
        done += texts
    return done / (process_time() - begun)


def _memory() -> float:
    """Give what a process of its own needs at most, Python included."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.screening"], check=True, capture_output=True, text=True)
    return float(done.stdout)


def alone() -> float:
    """Hold the largest list, judge by it, and give this process's largest memory in MB.

    Linux hands a process the largest memory of the one that started it, so that the own one is read beside.
    """
    engine = Engine(Comparison(many_items(max(SIZES))))
    for text in read_texts(TEXTS / "given_development.csv"):
        engine.judge(level=text.level, title=text.title, body=text.body)
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


async def screening(_site: Site, plan: Plan) -> AsyncIterator[Figure]:
    """Measure throughput, a single verdict, a new version's index, memory."""
    texts = [text for name in ("given", "made") for text in read_texts(TEXTS / f"{name}_development.csv")]
    words_index()
    for size in SIZES:
        items = many_items(size)
        floor = Pairs(items)
        engine = Engine(Comparison(items))

        def ours(engine: Engine[ListItem] = engine) -> None:
            arrivals: Arrivals[ListItem] = Arrivals()
            for text in texts:
                weighed = engine.comparison.weigh(text.title, text.body)
                arrivals.taken(text.id, text.level, weighed, engine.judged(weighed, text.level))

        def plain(floor: Pairs = floor) -> None:
            for text in texts:
                floor.nearest(text)

        rates, floors = [], []
        for _ in range(plan.runs):
            floors.append(_rate(plain, texts=len(texts), seconds=plan.seconds))
            rates.append(_rate(ours, texts=len(texts), seconds=plan.seconds))
        note = "with words of practice, verdict, reasons and duplicates; the floor ranks by pairs alone"
        yield at_least(f"screening_{size}_items", rates, floors, unit="texts/s", least=LEAST[size], note=note)
        yield bounded(f"screening_{size}_single_p99", _single(engine, texts), unit="ms", most=MOST_SINGLE)
        yield bounded(f"screening_{size}_index", [_built(items) for _ in range(plan.runs)], unit="ms", most=MOST_BUILDING)
    yield bounded("screening_memory", [_memory()], unit="MB", most=MOST_MEMORY)


def _single(engine: Engine[ListItem], texts: list[Labelled]) -> list[float]:
    times = []
    for text in texts:
        begun = perf_counter()
        engine.judge(level=text.level, title=text.title, body=text.body)
        times.append(1000 * (perf_counter() - begun))
    return [quantiles(times, n=100)[98]]


def _built(items: list[ListItem]) -> float:
    begun = process_time()
    Engine(Comparison(items))
    return 1000 * (process_time() - begun)


if __name__ == "__main__":
    print(alone())
