"""What families write of their achievements, and what is made of it."""

import csv
from functools import cache
from pathlib import Path

import pytest

from bot.matching import achievements, vocabulary
from bot.matching.vocabulary import Vocabulary, VocabularyError
from families import catalogue

CATALOGUES = Path(catalogue.__file__).parent / "catalogues"
FOLDER = Path(__file__).parent
RIGHT = 0.95
LABELLED = ("phrases.csv", "unseen_phrases.csv", *(f"unseen_phrases_{number}.csv" for number in range(2, 9)))


@cache
def read_vocabulary() -> Vocabulary:
    known = catalogue.read((CATALOGUES / "logros_2007.csv").read_text("utf-8"))
    labels = {each.code: each.label for each in known}
    written = (CATALOGUES / "logros_2007.toml").read_text("utf-8")
    return vocabulary.read(written, labels, [each.code for each in known if each.sensitive])


@pytest.fixture(scope="module")
def words() -> Vocabulary:
    return read_vocabulary()


@cache
def found(phrase: str, asked: bool = False) -> tuple[str, ...]:
    return achievements.reported(phrase, read_vocabulary(), asked=asked)


def phrases(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def right(row: dict[str, str]) -> bool:
    """One code must be found alone; of several that may be meant, nothing else may be offered."""
    wanted = set(row["expected"].split("|")) if row["expected"] else set()
    return set(found(row["phrase"])) <= wanted and bool(found(row["phrase"])) == bool(wanted)


@pytest.mark.parametrize("name", LABELLED)
def test_what_families_write_is_read_right(name: str) -> None:
    rows = phrases(name)
    wrong = [row for row in rows if not right(row)]
    assert len(wrong) <= (1 - RIGHT) * len(rows), wrong


@pytest.mark.parametrize("name", LABELLED)
def test_nothing_that_must_not_be_spoken_of_is_ever_found(name: str) -> None:
    known = catalogue.read((CATALOGUES / "logros_2007.csv").read_text("utf-8"))
    sensitive = {each.code for each in known if each.sensitive}
    for row in phrases(name):
        for asked in (False, True):
            assert sensitive.isdisjoint(found(row["phrase"], asked)), row


@pytest.mark.parametrize("name", LABELLED)
def test_what_is_denied_hoped_for_or_asked_is_no_report(name: str) -> None:
    kinds = {"negated", "future", "question", "third_person", "lost", "sensitive"}
    told = [row for row in phrases(name) if row["kind"] in kinds and found(row["phrase"])]
    assert told == []


@pytest.mark.parametrize(
    ("text", "unasked", "asked"),
    [
        pytest.param("la cédula", (), ("ID1",), id="a mere noun is an answer and no news"),
        pytest.param("agua", (), ("HA2",), id="one word"),
        pytest.param("todavía no tenemos agua", (), (), id="denied is denied, asked or not"),
        pytest.param("No tenía cédula pero ya la saqué", ("ID1",), ("ID1",), id="the news stands in the last clause"),
        pytest.param("ya tenemos luz, agua no", ("HA4",), ("HA4",), id="one of two"),
        pytest.param("", (), (), id="nothing"),
        pytest.param("👍", (), (), id="a sign"),
        pytest.param("ya " * 500 + "agua", (), (), id="too long to be a report"),
    ],
)
def test_asked_or_unasked(words: Vocabulary, text: str, unasked: tuple[str, ...], asked: tuple[str, ...]) -> None:
    assert achievements.reported(text, words) == unasked
    assert achievements.reported(text, words, asked=True) == asked


def test_a_catalogue_without_vocabulary_is_known_by_its_labels() -> None:
    words = vocabulary.read("", {"HA1": "La casa tiene biblioteca", "HA2": "Hay piscina cubierta"}, [])
    assert achievements.reported("ya tenemos una biblioteca en casa", words) == ("HA1",)
    assert achievements.reported("ya tenemos agua", words) == ()


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("achievements = [", id="no TOML"),
        pytest.param("[achievements.XX9]\ncues = ['agua']", id="an achievement of another catalogue"),
        pytest.param("[achievements.HA1]\ncues = ['@nadie']", id="a group that is not there"),
        pytest.param("groups = 3", id="no groups"),
    ],
)
def test_a_wrong_vocabulary_is_refused(written: str) -> None:
    with pytest.raises(VocabularyError):
        vocabulary.read(written, {"HA1": "Agua"}, [])
