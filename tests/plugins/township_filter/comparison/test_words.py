"""The word list: what it covers, that it quotes no text, and how items find their words."""

from pathlib import Path

import pytest

from plugins.township_filter.comparison.concepts import own_concepts, read_words
from plugins.township_filter.comparison.marks import own_marks
from plugins.township_filter.comparison.same import SAME
from plugins.township_filter.comparison.text import folded
from scripts.screening_texts import BEARINGS, items_of, read_texts

TEXTS = Path(__file__).parents[1] / "texts"
LONG = 6


def test_every_item_that_decides_has_words_of_practice() -> None:
    items = [item for level in items_of(TEXTS / "entry_list.csv").values() for item in level]
    without = [item.title for item in items if item.code[0] in BEARINGS and not own_concepts().of(folded(item.title))]
    assert without == []
    assert min(len(concept.words) for concept in own_concepts().all if len(concept.words) < 8) >= 5


@pytest.mark.parametrize("kind", ["words", "marks", "same"])
def test_no_long_entry_quotes_a_given_text(kind: str) -> None:
    words = {
        "words": [word for concept in own_concepts().all for word in concept.folded_words],
        "same": SAME.read_text(encoding="utf-8").split(),
        "marks": [word for words in own_marks().words().values() for word in words],
    }[kind]
    names = " ".join(folded(item.title) for level in items_of(TEXTS / "entry_list.csv").values() for item in level)
    texts = [folded(part) for text in read_texts(TEXTS / "given_development.csv") for part in (text.title, text.body)]
    quoted = [w for w in words if len(w) > LONG and w not in names and any(w in text for text in texts)]
    assert quoted == []


def test_another_countys_name_for_a_duty_finds_the_same_words() -> None:
    ours, theirs = (own_concepts().of(folded(name)) for name in ("动物强制免疫组织", "负责落实动物强制免疫计划"))
    assert ours == theirs != []


def test_certificates_of_residents_have_words_of_their_own() -> None:
    (found,) = own_concepts().of("居民养犬证明")
    assert own_concepts().all[found].name == "养犬证明"


def test_a_key_may_ask_for_two_parts_and_exclude_a_third() -> None:
    (concept,) = read_words("犬+管理-证明\t遛狗 牵绳")
    assert concept.size_in("文明养犬管理") == 3
    assert concept.size_in("犬只管理证明") == 0
    assert concept.size_in("犬只登记") == 0
