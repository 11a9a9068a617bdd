"""Votes counted to the person, and procedures that cannot ask for less than the law."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.decisions.actions.publishing import SECTIONS
from core.decisions.enums import Phase, StepKind
from core.decisions.flow import BOARD, flow_of
from core.decisions.packs import BUILT_IN, built_in, read_procedures
from core.decisions.procedures import LessThanLaw, Procedure, ProcedureError
from core.decisions.rules import CAME, SHOULD, Count, Share, impossible, shortfalls
from web.texts import Texts


@pytest.fixture(autouse=True)
def admin() -> None:
    """Need no database."""


shares = st.builds(
    Share, st.integers(1, 10), st.integers(11, 20), st.booleans(), st.sampled_from([SHOULD, CAME])
)


@given(shares, st.integers(0, 2_000))
def test_needed_is_the_smallest_number_that_is_the_share(share: Share, people: int) -> None:
    part, needed = Fraction(share.top, share.bottom) * people, share.needed(people)
    enough = (lambda n: n > part) if share.strict else (lambda n: n >= part)
    assert enough(needed)
    assert needed == 0 or not enough(needed - 1)


@given(shares, shares, st.integers(1, 400), st.integers(0, 400))
def test_what_is_not_weaker_never_asks_for_fewer(one: Share, other: Share, should: int, came: int) -> None:
    came = min(came, should)
    if not one.is_weaker_than(other):
        asked = [each.needed(should if each.of == SHOULD else came) for each in (one, other)]
        assert asked[0] >= asked[1]


@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 300))
def test_a_vote_passes_exactly_when_the_law_says_so(should: int, came: int, approved: int) -> None:
    count = Count(should, min(came, should), min(approved, came, should))
    representatives = built_in()["four_step"].at(3).meetings[0]
    short = shortfalls(count, quorum=representatives.quorum, majority=representatives.majority)
    assert (short == []) == (3 * count.came >= 2 * should and 2 * count.approved > count.came)


@pytest.mark.parametrize(
    ("body", "step", "count", "missing"),
    [
        ("party_members", 2, Count(30, 20, 15), []),
        ("party_members", 2, Count(30, 19, 15), [("quorum", 1)]),
        ("party_members", 2, Count(30, 25, 14), [("majority", 1)]),  # half of those who should attend, not of those who came
        ("representatives", 3, Count(45, 30, 16), []),
        ("representatives", 3, Count(45, 30, 15), [("majority", 1)]),
        ("villagers", 3, Count(1000, 500, 400), [("quorum", 1)]),
        ("villagers", 3, Count(1000, 501, 251), []),
        ("households", 3, Count(300, 199, 190), [("quorum", 1)]),
    ],
)
def test_each_body_of_the_four_steps(body: str, step: int, count: Count, missing: list[tuple[str, int]]) -> None:
    meeting = built_in()["four_step"].at(step).meeting(body)
    assert meeting is not None
    short = shortfalls(count, quorum=meeting.quorum, majority=meeting.majority)
    assert [(each.what, each.missing) for each in short] == missing


def test_collective_assets_take_two_thirds_of_all_members_and_fifteen_days() -> None:
    meeting = built_in()["collective_assets"].at(3).meetings[0]
    assert (meeting.notice_days, meeting.on_board) == (15, True)
    short = shortfalls(Count(300, 300, 199), quorum=meeting.quorum, majority=meeting.majority)
    assert [(each.what, each.missing) for each in short] == [("majority", 1)]


def test_days_are_those_of_the_sources() -> None:
    four = built_in()["four_step"]
    assert [[each.notice_days for each in step.meetings] for step in four.steps[2:4]] == [[3], [3, 10, 10]]
    assert built_in()["five_step"].at(2).meetings[0].notice_days == 15
    assert built_in()["five_step"].at(4).days == 3


def test_figures_that_cannot_be_are_named() -> None:
    assert set(impossible(Count(0, 0, 0))) == {"should"}
    assert set(impossible(Count(5, 6, 0))) == {"came"}
    assert set(impossible(Count(5, 5, 3, 2, 1))) == {"approved"}
    assert impossible(Count(5, 5, 3, 1, 1)) == {}


@pytest.mark.parametrize("text", ["2/3", ">=3/2", ">1/1", ">=0/3", ">=1/0", ">=2/3 nobody"])
def test_a_share_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="share"):
        Share.of_text(text)


def changed(code: str, step: int, **changes: object) -> dict[str, object]:
    told = built_in()[code].stored()
    told["steps"][step] |= changes
    return told


def test_a_procedure_below_the_law_or_out_of_order_is_refused() -> None:
    weaker = {"body": "representatives", "quorum": ">1/2 should", "majority": ">1/2 came"}
    with pytest.raises(LessThanLaw) as refused:
        Procedure.of(changed("four_step", 3, meetings=[weaker]))
    assert refused.value.field == "resolution.representatives.quorum"
    with pytest.raises(ProcedureError):
        Procedure.of(changed("four_step", 3, meetings=[]))
    told = built_in()["four_step"].stored()
    with pytest.raises(ProcedureError):
        Procedure.of({**told, "steps": [told["steps"][4], *told["steps"][:4], told["steps"][5]]})
    with pytest.raises(ProcedureError):
        Procedure.of({**told, "steps": told["steps"][:5]})


@pytest.mark.parametrize("code", list(built_in()))
def test_the_flow_of_a_procedure_forces_its_order_and_reads_back_from_storage(code: str) -> None:
    procedure = built_in()[code]
    assert Procedure.of(procedure.stored()) == procedure
    flow = flow_of(procedure)
    reached = {flow.start}
    while more := {way.target for way in flow.transitions if way.sources & reached} - reached:
        reached |= more
    assert reached == set(flow.by_state)
    for before, after in zip(procedure.steps, procedure.steps[1:], strict=False):
        into = [way for way in flow.transitions if way.target == f"{Phase.OPEN}.{after.code}" and way.side != BOARD]
        assert {source.partition(".")[2] for way in into for source in way.sources} == {before.code, after.code} - (
            set() if after.votes or after.days else {after.code}
        )
    assert procedure.at(procedure.publishes_at).kind is StepKind.PUBLISH_RESOLUTION
    for back in (way for way in flow.transitions if way.side == BOARD):
        here = procedure.place_of(back.target.partition(".")[2])
        assert procedure.at(here).kind in SECTIONS
        assert min(procedure.place_of(source.partition(".")[2]) for source in back.sources) >= here
        assert back.target not in back.sources


def test_words_of_the_built_in_procedures_all_have_english() -> None:
    texts, told = Texts.load(), set()
    for each in read_procedures(BUILT_IN).values():
        told |= {each.title, each.summary, each.source}
        for step in each.steps:
            told |= {step.title, step.who, step.hint, step.source}
            told |= {word for meeting in step.meetings for word in (meeting.title, meeting.source)}
    assert sorted(text for text in told if text and not texts.has(text)) == []


def test_a_pack_names_the_file_that_is_wrong(tmp_path) -> None:  # noqa: ANN001 - pytest's folder
    (tmp_path / "own.toml").write_text('code = "own"\ntitle = "本县流程"\nsteps = []\n', encoding="utf-8")
    with pytest.raises(ProcedureError, match=r"own\.toml"):
        read_procedures(tmp_path)
