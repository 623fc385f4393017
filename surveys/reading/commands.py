"""Words for the conversation itself: SALIR, AYUDA, ATRÁS, CORREGIR, REPETIR and how people say them.

SALIR, CANCELAR and STOP always act, as the telecom regulator wants; BAJA, ALTO, PARAR and NO MÁS only where no choice
of the open question says the same. «NO» alone is never a stop. A command is the whole reply: «ayúdenme con eso que ya
fui tres veces» is an answer to an open question.
"""

from collections.abc import Sequence

from surveys.reading.lexicon import Lexicon, lexicon
from surveys.reading.model import Choice, Command, Kind, Reading
from surveys.reading.options import says_label
from surveys.reading.text import Message

_MOST_WORDS = 14


def read_command(text: str, *, choices: Sequence[Choice] = (), language: str = "es") -> Command | None:
    """The command that a whole message is, or None. `choices` are those of the open question, if any."""
    words = lexicon(language)
    found = find_command(words.message(text), choices, words)
    return found.command if found else None


def find_command(
    message: Message, choices: Sequence[Choice], words: Lexicon, *, open_text: bool = False
) -> Reading | None:
    """The same as a `Reading`, with its argument. In an open text only fixed phrases are commands."""
    if not message.words:
        questions = set(message.tokens)
        return _command(Command.HELP) if questions and questions <= {"?", "¿"} else None
    if len(message.words) > _MOST_WORDS:
        return None
    lines = list(dict.fromkeys((message.line, message.core)))
    if any(words.whole("commands.stop.always").match(line) for line in lines):
        return _command(Command.STOP)
    if says_label(tuple(choices), message, words):
        return None
    for line in lines:
        if found := _in_line(line, words, open_text=open_text):
            return found
    return None


def _in_line(line: str, words: Lexicon, *, open_text: bool) -> Reading | None:
    if not line:
        return None
    for command in Command:
        for kind in ("word", "unless_choice") if open_text else ("word", "unless_choice", "phrase"):
            if words.whole(f"commands.{command}.{kind}").match(line):
                return _command(command)
    if not open_text and (match := words.whole("commands.correct.with_value").match(line)):
        return _command(Command.CORRECT, next(filter(None, match.groups()), ""))
    return None


def _command(command: Command, argument: str = "") -> Reading:
    return Reading(Kind.COMMAND, confidence=1.0, command=command, argument=argument)
