"""Confirmed verdicts: in force at once, for their county alone, inspected and undone."""

from functools import cache
from pathlib import Path

from plugins.township_filter.comparison.comparison import Comparison
from plugins.township_filter.comparison.engine import Engine
from plugins.township_filter.comparison.kept import Kept, kept_engines
from plugins.township_filter.comparison.outcome import Ground, Outcome
from plugins.township_filter.comparison.ranking import Example
from scripts.screening_texts import Labelled, ListItem, items_of, read_texts, same

TEXTS = Path(__file__).parents[1] / "texts"
CONFIRMED = 50


@cache
def pairs() -> list[tuple[Labelled, Labelled]]:
    """Texts with a paraphrase each: what was handed in again in other words."""
    found = []
    for name in ("given_development.csv", "made_development.csv", "made_held_out.csv"):
        texts = read_texts(TEXTS / name)
        first = {text.id: text for text in texts}
        found += [(first[text.duplicate_of], text) for text in texts if text.duplicate_of]
    return found


def top_one(paraphrases: list[Labelled], learned: list[Example]) -> float:
    lists = items_of(TEXTS / "entry_list.csv")
    engines = {level: Engine(Comparison(items, learned)) for level, items in lists.items()}
    right = [
        engines[text.level].judge(level=text.level, title=text.title).candidates[0].item.code in same(text.code)
        for text in paraphrases
    ]
    return sum(right) / len(right)


def test_fifty_confirmed_verdicts_bring_their_paraphrases_home_even_by_title_alone() -> None:
    # Those first which the comparison gets wrong by their title alone: the hardest fifty there are.
    lists = items_of(TEXTS / "entry_list.csv")
    engines = {level: Engine(Comparison(items)) for level, items in lists.items()}

    def is_right(text: Labelled) -> bool:
        found = engines[text.level].judge(level=text.level, title=text.title)
        return found.candidates[0].item.code in same(text.code) if found.candidates else False

    hardest = sorted(pairs(), key=lambda pair: is_right(pair[1]))[:CONFIRMED]
    examples = [Example(first.code, first.title, first.body) for first, _ in hardest]
    found = {}
    for bodies in (True, False):
        learned = {level: Engine(Comparison(items, examples)) for level, items in lists.items()}
        right = [
            learned[text.level].judge(level=text.level, title=text.title, body=text.body if bodies else "")
            for _, text in hardest
        ]
        hits = [each.candidates[0].item.code in same(text.code) for each, (_, text) in zip(right, hardest, strict=True)]
        found[bodies] = sum(hits) / len(hits)
    assert found[True] >= 0.97, found
    assert found[False] >= top_one([text for _, text in hardest], [])


def village_list() -> list[ListItem]:
    return items_of(TEXTS / "entry_list.csv")["village"]


TITLE, BODY = "关于做好阿公阿婆茶话屋轮值的函", "请各村排好茶话屋的轮值表，茶水和棋牌照常。"
AGAIN = "阿公阿婆茶话屋轮值表请重排"


def test_what_a_person_confirmed_holds_at_once_says_so_and_is_gone_when_undone() -> None:
    items = village_list()
    before = Engine(Comparison(items)).judge(level="village", title=AGAIN, body=BODY)
    taught = Engine(Comparison(items, [Example("V29", TITLE, BODY)])).judge(level="village", title=AGAIN, body=BODY)
    assert (taught.outcome, taught.code, taught.ground) == (Outcome.PASSED, "V29", Ground.LEARNED)
    assert taught.example is not None
    assert taught.example.title == TITLE
    assert before.ground is not Ground.LEARNED
    assert Engine(Comparison(items, [])).judge(level="village", title=AGAIN, body=BODY) == before


def test_what_a_person_found_on_no_list_is_refused_when_it_comes_again() -> None:
    items = village_list()
    engine = Engine(Comparison(items, [Example("", TITLE, BODY)]))
    found = engine.judge(level="village", title=TITLE, body=BODY)
    assert (found.outcome, found.ground) == (Outcome.REFUSED, Ground.LEARNED)


def test_an_example_of_an_item_that_left_the_list_changes_no_ranking() -> None:
    items = village_list()
    plain = Engine(Comparison(items)).judge(level="village", title=AGAIN, body=BODY)
    found = Engine(Comparison(items, [Example("V99", TITLE, BODY)])).judge(level="village", title=AGAIN, body=BODY)
    assert [near.item.code for near in found.candidates] == [near.item.code for near in plain.candidates]


def test_other_counties_keep_their_own_comparison() -> None:
    items = village_list()
    kept: Kept[Engine[ListItem]] = kept_engines()
    kept.keep("nanxun", Engine(Comparison(items, [Example("V29", TITLE, BODY)])))
    kept.keep("zhuji", Engine(Comparison(items)))
    here, there = (
        found.judge(level="village", title=AGAIN, body=BODY) for name in ("nanxun", "zhuji") if (found := kept.get(name))
    )
    assert here.code == "V29"
    assert there == Engine(Comparison(items)).judge(level="village", title=AGAIN, body=BODY)


def test_what_was_not_asked_for_longest_leaves_first() -> None:
    items = village_list()
    kept: Kept[Engine[ListItem]] = kept_engines(most_items=2 * len(items))
    for name in ("a", "b"):
        kept.keep(name, Engine(Comparison(items)))
    kept.get("a")
    kept.keep("c", Engine(Comparison(items)))
    assert [name for name in "abc" if kept.get(name)] == ["a", "c"]
