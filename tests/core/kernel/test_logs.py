"""Log lines have one shape, and no phone number, identity number or quoted row gets into them."""

import json
import subprocess
import sys

import pytest

from core.kernel.logs import without_personal_data
from tests.measured import measured

PROGRAM = """
import logging, structlog
from core.kernel.logs import configure
configure({format!r})
structlog.get_logger("core.people").info("signed in", phone="13812345678", region="330503101002")
logging.getLogger("some.library").info("not shown")
logging.getLogger("some.library").warning("shown: %s", "33050319800101123X")
try:
    raise ValueError("Key (phone)=(13812345678) already exists.")
except ValueError:
    structlog.get_logger("web.errors").exception("broke")
for _ in range(3):
    try:
        raise ConnectionRefusedError(111, "refused")
    except OSError:
        logging.getLogger("asyncpg.pool").exception("no connection")
"""


def lines(log_format: str) -> list[str]:
    words = [sys.executable, "-c", PROGRAM.format(format=log_format)]
    answer = subprocess.run(words, env=measured(), capture_output=True, text=True, check=True)
    assert answer.stderr == ""
    return answer.stdout.splitlines()


def test_json_lines_can_be_read_by_machines() -> None:
    rows = [json.loads(line) for line in lines("json")]
    assert [row["event"] for row in rows] == [
        "signed in",
        "shown: ***",
        "broke",
        "no connection: ConnectionRefusedError(111, 'refused')",
    ]
    assert rows[0]["logger"] == "core.people"
    assert rows[0]["level"] == "info"
    assert rows[0]["timestamp"].endswith("Z")
    assert rows[0]["phone"] == "***"
    assert rows[0]["region"] == "330503101002"
    assert "ValueError: Key (phone)=(***) already exists." in rows[2]["exception"]


def test_text_lines_are_blotted_too() -> None:
    text = "\n".join(lines("text"))
    assert "signed in" in text
    assert "13812345678" not in text
    assert "33050319800101123X" not in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tel 13812345678.", "tel ***."),
        ("id 330503198001011234", "id ***"),
        ("region 330503101002 stays", "region 330503101002 stays"),
        ("0199a13812345678b", "0199a13812345678b"),
        ("Failing row contains (1, 张三, null).", "Failing row contains (***)."),
        ("Key (county, name)=(330503, 张三) already exists.", "Key (county, name)=(***) already exists."),
    ],
)
def test_only_what_is_personal_is_blotted(text: str, expected: str) -> None:
    assert without_personal_data(text) == expected
