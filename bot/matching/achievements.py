"""Which achievement a family reports in its own words, if any. Pure.

What is asked, denied, to come, lost again or somebody else's is no report; nor is what is said of an achievement that
must not be spoken of by message. Nothing is recorded on the strength of a match: the family is asked first.
"""

from bot.matching.assertion import Assertion, assertion
from bot.matching.vocabulary import Cue, Vocabulary

MOST = 3
"""Achievements that one asks between; more than that were a guess."""


def reported(text: str, vocabulary: Vocabulary, *, asked: bool = False) -> tuple[str, ...]:
    """The codes of the achievements that a message may report, none if it reports nothing.

    One code is what was most probably meant; several are equally probable, in the order of the catalogue. With `asked`
    the person was asked what they have reached, so that a mere noun says it.
    """
    told = assertion(text, vocabulary.spell)
    if told is None:
        return ()
    weights = {
        code: max((_weight(cue, told, code in vocabulary.unspoken) for cue in cues), default=0)
        for code, cues in vocabulary.cues.items()
    }
    best = max(weights.values(), default=0)
    if best == 0 or (best == 1 and not (told.tells or asked)):
        return ()
    codes = tuple(code for code, weight in weights.items() if weight == best)
    return () if vocabulary.unspoken.intersection(codes) or len(codes) > MOST else codes


def _weight(cue: Cue, told: Assertion, unspoken: bool) -> int:
    """How surely a cue is said in what is told; 0 if it is not."""
    if unspoken:
        return cue.weight if cue.said_in(told.words) and (not cue.rids or "no" in told.words) else 0
    affirmed = {word for clause in told.clauses if not clause.denies for word in clause.words}
    if not cue.rids:
        return cue.weight if cue.said_in(affirmed) or (_at_last(told) and cue.said_in(told.words)) else 0
    denied = (affirmed.union(clause.words) for clause in told.clauses if clause.denies)
    return cue.weight if any(cue.said_in(words) for words in denied) else 0


def _at_last(told: Assertion) -> bool:
    """«No tenía cédula pero ya la saqué»: the news stands in the last clause, its subject before."""
    *before, last = told.clauses
    return bool(before) and not last.denies and "ya" in last.words
