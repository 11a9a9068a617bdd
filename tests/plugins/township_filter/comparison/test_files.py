"""Files of texts: what is read, what is refused in words, what is written."""

import csv
import io
from pathlib import Path

import pytest

from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.files import (
    COLUMNS,
    FileError,
    Text,
    line_of,
    lines_of,
    texts_of,
    written,
)
from plugins.township_filter.screen_file import judged_texts, reason_text
from scripts.screening_texts import items_of

HEAD = "id,level,title,body\n"
LINE = "1,village,关于做好麻疹疫苗补种工作的通知,请各村通知漏种儿童家长到接种门诊。\n"
ITEMS = Path(__file__).parents[1] / "texts" / "entry_list.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_texts_are_read_in_the_encodings_spreadsheets_write(encoding: str) -> None:
    (text,) = texts_of((HEAD + LINE).encode(encoding), level="", title_only=False)
    assert (text.id, text.level, text.title[:4]) == ("1", "village", "关于做好")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "文件是空的"),
        ("\ufeff \n", "文件是空的"),
        (HEAD, "只有表头"),
        ("甲,乙\n1,甲\n", "文件缺少列：id、title"),
        ("编号,标题\n1,甲\n", "文件缺少列：level、body"),
        ("id,level,title,body,标题\n1,village,甲,乙,丙\n", "表头里 title 出现了两次"),
        ("id,level,title\n1,village,甲\n", "文件缺少列：body"),
        ("id,title,body\n1,甲,乙\n", "文件缺少列：level"),
        (HEAD + "1,county,甲,乙\n", "第 2 行：level 是“county”"),
        (HEAD + '1,village,甲,乙\n2,village,"甲\n', "不是完整的 CSV 文件：从第 3 行起"),
        (HEAD + '1,village,"甲\n乙",丙\n2,village,甲,乙,丙,丁\n', "第 4 行：有 6 格，表头只有 4 列"),
        (HEAD + "1,village\n", "第 2 行：没有标题"),
        (HEAD + "1,village,,乙\n", "第 2 行：没有标题"),
        (HEAD + "1,village,甲\n", "第 2 行：只有 3 格"),
        (HEAD + "7,village,甲,乙\n\n7,village,丙,丁\n", "第 4 行：编号“7”和第 2 行的一样"),
    ],
)
def test_a_broken_file_is_explained_in_both_languages(content: str, said: str) -> None:
    with pytest.raises(FileError) as caught:
        texts_of(content.encode(), level="", title_only=False)
    assert said in str(caught.value)
    assert any(word in str(caught.value) for word in ("file", "columns", "Line", "CSV", "heading"))
    assert "unexpected end" not in str(caught.value)


def test_chinese_headings_are_read_as_ours() -> None:
    content = " 编号 ,层级,来文标题,正文,备注\n1,村,甲,乙,不看\n"
    assert texts_of(content.encode(), level="", title_only=False) == [Text("1", "village", "甲", "乙")]


def test_rows_that_are_whole_are_given_beside_the_broken_ones() -> None:
    content = HEAD + "1,village,甲,乙\n2,village,,乙\n3,village,丙,丁,戊\n4,village,己,庚\n"
    read = lines_of(content.encode(), level="", title_only=False)
    assert [text.id for text in read.texts] == ["1", "4"]
    assert [each.line for each in read.wrong] == [3, 4]


def test_titles_alone_need_no_body_in_the_row() -> None:
    assert texts_of((HEAD + "1,village,甲\n").encode(), level="", title_only=True) == [Text("1", "village", "甲", "")]


def test_a_file_of_unknown_encoding_is_told() -> None:
    with pytest.raises(FileError, match="编码"):
        texts_of("id,level,title,body\n".encode("utf-16"), level="", title_only=False)


def test_a_lines_own_level_wins_and_the_given_one_fills_what_is_empty() -> None:
    content = HEAD + "1,village,甲,\n2,,乙,\n3,乡镇,丙,\n"
    found = texts_of(content.encode(), level="township", title_only=True)
    assert [text.level for text in found] == ["village", "township", "township"]


def test_every_line_is_answered_with_all_columns_and_candidates() -> None:
    content = HEAD + LINE + LINE.replace("1,", "2,", 1) + "3,village,山火正在蔓延请立即疏散,现场有人被困。\n4,village,云彩,\n"
    texts = texts_of(content.encode(), level="", title_only=False)
    engines = {level: Engine(Comparison(items)) for level, items in items_of(ITEMS).items()}
    found = list(judged_texts(texts, engines, sure=0.9))
    answer = "".join(written(line_of(text, each, str(each.ground)) for text, each in zip(texts, found, strict=True)))
    rows = list(csv.DictReader(io.StringIO(answer)))
    assert tuple(rows[0]) == COLUMNS
    assert [row["verdict"] for row in rows[:3]] == ["passed", "duplicate", "emergency"]
    assert (rows[0]["code"], rows[1]["duplicate_of"], rows[1]["code"], rows[2]["code"]) == ("V33", "1", "V33", "")
    assert all(1 <= len(row["candidates"].split()) <= 5 for row in rows[:3])
    assert rows[3]["verdict"] in {"held", "refused"}


def test_a_list_without_items_holds_every_text_and_says_so() -> None:
    (text,) = texts_of((HEAD + LINE).encode(), level="", title_only=False)
    (found,) = judged_texts([text], {"village": Engine(Comparison([]))}, sure=0.9)
    assert found.outcome == "held"
    assert reason_text(found) == "这一层级还没有已发布的准入清单。"
