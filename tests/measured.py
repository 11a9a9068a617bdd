"""Child processes of tests, seen by coverage too where it looks at the tests."""

import os
from pathlib import Path

import coverage

_ROOT = Path(__file__).parent.parent


def measured(environment: dict[str, str] | None = None) -> dict[str, str]:
    """Give a child's environment in which coverage starts there as well. A child that is killed leaves no figures."""
    given = dict(os.environ if environment is None else environment)
    measuring = coverage.Coverage.current()
    if measuring is None:
        return given
    data = Path(str(measuring.get_option("run:data_file"))).absolute()
    return {**given, "COVERAGE_PROCESS_START": str(_ROOT / "pyproject.toml"), "COVERAGE_FILE": str(data)}
