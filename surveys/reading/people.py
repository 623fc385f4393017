"""Who is answering: a name is that person, «la hermana de Rosa» is not Rosa."""

from surveys.reading.lexicon import Lexicon
from surveys.reading.matching import Match, matches
from surveys.reading.model import Expected, Reading, confirm, reject, value
from surveys.reading.options import Options
from surveys.reading.text import Message

_SURE = 0.62
_OF = frozenset({"de", "del", "of"})
_NEAR = 3


def asks_who(expected: Expected, words: Lexicon) -> bool:
    """Whether a question asks for a person."""
    return words.within("question.who").search(words.authored(expected.question).line) is not None


def read_person(options: Options, message: Message, words: Lexicon, expected: Expected) -> Reading | None:
    """Read what a choice's label alone cannot tell; None leaves the reply to the ordinary matching of labels."""
    core = message.core
    if options.other is None:
        return None
    other = options.other.name
    if words.within("choice.absent").search(core):
        return reject("someone_absent")
    named = [
        match
        for match in matches(options, core, words, expected.question)
        if match.option.choice is not options.other and match.score >= _SURE
    ]
    said = core.split()
    relations = set(said) & (words.words("choice.other_people") | words.words("choice.others"))
    if named:
        if all(_only_after_of(said, match) for match in named):
            return confirm(other, "relative_of_a_person")
        mentioned = {word for alias in named[0].option.aliases for word in alias.words}
        doubtful = relations - mentioned or named[0].strangers
        return confirm(named[0].option.choice.name, "partly_named") if len(named) == 1 and doubtful else None
    if relations:
        of_somebody = _OF & set(said) or ("mi" in said and not relations & words.words("choice.friends"))
        return confirm(other, "relative_of_a_person") if of_somebody else value(other, 0.85)
    introduced = words.whole("choice.introduces").match(core)
    return confirm(other, "unknown_name") if introduced and said[-1] not in words.words("words.empty") else None


def _only_after_of(said: list[str], match: Match) -> bool:
    """Whether the person is named only after «de»: «la hija de Rosa»."""
    names = {word for alias in match.option.aliases for word in alias.words}
    positions = [at for at, word in enumerate(said) if word in _OF and at > 0]
    return any(names & set(said[at + 1 : at + 1 + _NEAR]) and not names & set(said[:at]) for at in positions)
