"""The catalogues as a whole: what they must have beside one English for each marked text."""

import re
from collections import Counter
from collections.abc import Mapping

import pytest
from babel.messages.pofile import read_po

from core.campaigns.enums import HAPPENED as OF_CAMPAIGNS
from core.decisions.enums import HAPPENED_TITLES as OF_DECISIONS
from core.petitions.enums import HAPPENED as OF_PETITIONS
from core.petitions.workflows import PETITION
from core.seals.enums import HAPPENED as OF_SEALS
from core.seals.workflows import SEAL_USE
from core.supervision.enums import HAPPENED as OF_WARNINGS
from core.supervision.workflows import WARNING
from core.tasks.workflows import ASSIGNMENT, INCOMING
from web.extension import SECTIONS
from web.texts import Texts, catalogue_files

PLACES = re.compile(r"%\((\w+)\)|\{(\w+)\}")


@pytest.mark.parametrize(
    "file", catalogue_files(), ids=lambda file: f"{file.parent.parent.parent.name}/{file.name}"
)
def test_english_has_the_same_places_to_fill_as_the_chinese(file) -> None:  # noqa: ANN001 - a path from the table
    wrong = []
    with file.open("rb") as stream:
        for message in read_po(stream, locale="en"):
            source = message.id if isinstance(message.id, str) else message.id[0]
            forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
            wanted = set(PLACES.findall(source))
            # A singular may say "one" without its figure.
            wrong += [
                source for form in forms[-1:] if source and form and set(PLACES.findall(form)) != wanted
            ]
    assert wrong == []


def test_no_text_has_two_translations_in_one_file() -> None:
    for file in catalogue_files():
        sources = re.findall(r'^((?:msgctxt ".+"\n)?msgid ".+")$', file.read_text(encoding="utf-8"), re.MULTILINE)
        assert [text for text, times in Counter(sources).items() if times > 1] == [], file.name


def test_no_text_has_two_different_translations() -> None:
    """Catalogues are merged into one: the second English of a text would never be read, or be read in the wrong place."""
    known: dict[str, dict[str, str]] = {}
    for file in catalogue_files():
        with file.open("rb") as stream:
            for message in read_po(stream, locale="en"):
                source = message.id if isinstance(message.id, str) else message.id[0]
                if source:
                    known.setdefault(f"{message.context or ''}:{source}", {})[file.name] = str(message.string)
    assert {source: told for source, told in known.items() if len(set(told.values())) > 1} == {}


@pytest.mark.parametrize("titles", [OF_DECISIONS, OF_WARNINGS, OF_PETITIONS, OF_SEALS, OF_CAMPAIGNS])
def test_histories_say_in_english_what_was_done_and_not_what_a_button_does(titles: Mapping[str, str]) -> None:
    texts = Texts.load()
    for title in titles.values():
        said = texts.past("en", title)
        assert said != title
        assert said[0].islower(), said  # it follows who did it
        assert texts.past("zh", title) == title
    buttons = {way.title for way in (*WARNING.transitions, *PETITION.transitions, *SEAL_USE.transitions)}
    assert [title for title in titles.values() if title in buttons and texts.past("en", title) == texts.get("en", title)] == []


def test_texts_that_are_said_without_being_marked_have_english() -> None:
    texts = Texts.load()
    said = {*SECTIONS.values()}
    for workflow in (ASSIGNMENT, INCOMING):
        said |= {state.title for state in workflow.states} | {way.title for way in workflow.transitions}
        said |= {title for _, title in workflow.steps}
    assert sorted(text for text in said if not texts.has(text)) == []
