"""Bringing the results back: what a place's families are told of the grades they gave, and of what was promised.

A report card that never comes back to the family is the commonest reason that people stop answering. The words are a
proposal for the coordination, who may change them before anything is sent; they hold published figures only.
"""

from collections.abc import Sequence
from typing import Final

from bot.campaigns.script import ANNOUNCED
from bot.catalogue import Catalogue
from messaging.encoding import fold_for_sms, segments
from surveys.disclosure import BEST, WORST, PublicCard, PublicFigure
from surveys.figures import GRADE

MOST_SEGMENTS: Final = 2


def proposal(
    card: PublicCard,
    names: dict[str, str],
    place: str,
    promises: Sequence[tuple[str, str]],
    texts: Catalogue,
    language: str,
) -> str | None:
    """What to tell the families of a place, in at most two SMS; None where no grade is published.

    `names` are those who were graded, as people call them; `promises` owners with what they promised: the first that
    fits is told, the others are counted.
    """
    graded = sorted(
        (
            (-rank(figure), names[actor], figure)
            for actor, figures in card.actors.items()
            if actor in names and (figure := figures.get(GRADE)) is not None
        ),
        key=lambda one: one[:2],
    )
    if not graded:
        return None
    (_, best, first), (_, worst, last) = graded[0], graded[-1]
    high, low = _mark(first, texts, language), _mark(last, texts, language)
    key = "result.grade" if len(graded) == 1 else "result.even" if high == low else "result.grades"
    told = texts.text(key, language, place=place, best=best, high=high, worst=worst, low=low)
    everything = texts.text("result.all", language)
    for owner, promise in promises:
        longer = f"{told} {texts.text('result.promise', language, owner=owner, promise=promise.rstrip('.'))}"
        if _fits(longer, texts, language):
            return _with(longer, everything, texts, language)
    thanks = f"{told} {texts.text('result.thanks', language)}"
    return _with(thanks if _fits(thanks, texts, language) else told, everything, texts, language)


def _with(told: str, more: str, texts: Catalogue, language: str) -> str:
    """The text with one sentence more, where it fits."""
    return longer if _fits(longer := f"{told} {more}", texts, language) else told


def kept(said: str, owner: str, outcome: str, texts: Catalogue, language: str) -> str:
    """What to tell the families when a commitment has ended: what they said, and what was done about it.

    What they said is left out where both do not fit. The outcome may still be too long: the campaign refuses it then.
    """
    values = {"said": said.rstrip("."), "owner": owner, "outcome": outcome.rstrip(".")}
    whole = texts.text("result.kept", language, **values)
    return whole if _fits(whole, texts, language) else texts.text("result.kept_short", language, **values)


def _fits(text: str, texts: Catalogue, language: str) -> bool:
    return segments(fold_for_sms(texts.text(ANNOUNCED, language, text=text))).count <= MOST_SEGMENTS


def rank(figure: PublicFigure) -> float:
    """By which grades are sorted: where nearly all said the same there is no mean, only that nearly all are content."""
    if figure.mean is not None:
        return figure.mean
    return BEST if content(figure) else WORST


def content(figure: PublicFigure) -> bool:
    """Whether nearly all were satisfied, of a figure that tells no more than that."""
    return figure.share is not None and figure.share.bound == "≥"


def mean(figure: PublicFigure, texts: Catalogue, language: str) -> str:
    """The mean as the language writes it; only of a figure that has one."""
    return f"{figure.mean:.1f}".replace(".", texts.text("result.decimal", language))


def _mark(figure: PublicFigure, texts: Catalogue, language: str) -> str:
    if figure.mean is None:
        return texts.text("result.nearly_all" if content(figure) else "result.nearly_none", language)
    return texts.text("result.mark", language, mean=mean(figure, texts, language))
