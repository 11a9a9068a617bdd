"""The benchmarks still run: each of them once, with few rows, on the tests' own cluster. Nothing is timed here."""

import json
import shutil

import pytest

from benchmarks import load as load_module
from benchmarks.__main__ import MEASURES, main
from benchmarks.figures import Plan, compared
from benchmarks.site import Site
from web.supervisor.cluster import Cluster

TINY = Plan(
    runs=1, seconds=1, turns=1, connections=2, rows=(250, 500, 750), visitors=4, takes=40, few=20, many=600, people=20, lines=9_000, part="3305"
)
EXPECTED = {
    "page": ["floor_page", "page", "page_p95", "page_processor", "page_flat_middle", "page_flat_large"],
    "take": ["floor_take", "take", "take_past_walls"],
    "dispatch": ["floor_dispatch_few", "dispatch_few", "floor_dispatch_many", "dispatch_many"],
    "regions": ["floor_regions", "regions", "regions_seconds", "region_search"],
    "people": ["import"],
    "screening": [
        "screening_1200_items", "screening_1200_single_p99", "screening_1200_index",
        "screening_20000_items", "screening_20000_single_p99", "screening_20000_index", "screening_memory",
    ],
    "sealing": ["seal", "seal_sm3", "verify"],
    "warnings": [
        "floor_warnings", "night", "night_seconds", "night_again_seconds", "warnings_recall", "warnings_with_a_cause", "warnings_from_steps", "look_ms",
    ],
    "boards": ["board_p95", "board_flat_middle", "board_flat_large", "publication_p95", "search_p95"],
}


@pytest.mark.parametrize("name", MEASURES)
async def test_each_measure_gives_its_figures(
    name: str, cluster: Cluster, template_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)  # the client of our own, which is always there
    assert load_module.generator() == "own client"
    lines = [json.loads(f.line()) async for f in MEASURES[name](Site(cluster, template_database), TINY)]
    assert [line["name"] for line in lines] == EXPECTED[name]
    for line in lines:
        assert line["value"] > 0
        assert {"unit", "target", "holds"} <= line.keys()


def test_the_ratio_is_the_median_of_pairs_measured_together() -> None:
    figure = compared("x", [10.0, 40.0, 90.0], [20.0, 50.0, 100.0], unit="requests/s", least=0.8)
    assert (figure.ratio, figure.spread, figure.holds) == (0.8, (0.5, 0.9), True)
    slow = compared("x", [10.0], [2.0], unit="ms", most=4)
    assert (slow.ratio, slow.holds, slow.target) == (5.0, False, "ratio <= 4")


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "no such figure" in capsys.readouterr().err
