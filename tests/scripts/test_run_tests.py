"""Nothing is left out when the suite runs as two."""

from scripts.run_tests import TESTS, halves


def test_halves_of_the_suite_hold_every_file_of_tests_once() -> None:
    held = [
        file for half in halves() for each in half for file in ([each] if each.is_file() else each.rglob("test_*.py"))
    ]
    assert sorted(held) == sorted(TESTS.rglob("test_*.py"))
    assert all(halves())
