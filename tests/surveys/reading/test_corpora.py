"""Labelled replies: our own, and the shared ones where they are."""

from pathlib import Path

import pytest

from tests.surveys.reading import corpus

HERE = Path(__file__).parent
SHARED = HERE.parents[3] / "shared" / "testdata" / "replies" / "dev.csv"


@pytest.mark.parametrize(
    "path", [path for path in (HERE / "replies.csv", SHARED) if path.exists()], ids=lambda p: p.stem
)
def test_replies_are_understood(path: Path) -> None:
    """At least 97 % right, nothing doubtful taken in silence, fewer than one plain value in ten asked about."""
    rows = corpus.load(path)
    score = corpus.score(rows)
    print(score)
    wrong = {id: verdict for id, verdict in score.verdicts.items() if verdict in ("taken", "missed")}
    assert score.count("taken") == 0, wrong
    assert score.right >= 0.97, wrong
    assert score.asked < 0.10


def test_an_answer_is_no_command() -> None:
    rows = [row for row in corpus.load(HERE / "replies.csv") if row.kind == "VALUE"]
    taken = [row.reply for row in rows if corpus.reading(row).kind == "command"]
    assert taken == []
