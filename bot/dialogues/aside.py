"""What needs a word and is no answer: thanks, «¿quién es?», a voice note or picture that nobody asked for. Pure."""

import re

from bot.dialogues.machine import Context, Heard, Say
from surveys.reading.lexicon import lexicon

_THANKS = re.compile(
    r"(?:(?:ok(?:ay)?|bueno|listo|vale|dale|bien|a+h?|si|y|pero|senor(?:a|ita)?|don|dona|sumerce) )*"
    r"(?:(?:muchas |muchisimas |mil |un millon de )?gracias|dios (?:les?|los?|las?|me los?|me las?) (?:pague|bendiga)"
    r"|muy amables?|thanks?(?: you)?(?: (?:so|very) much)?)"
    r"(?: (?:muchas |muchisimas |mil )?gracias| (?:por (?:todo|preguntar|la ayuda|su (?:ayuda|atencion|tiempo)|avisar)"
    r"|a (?:usted|ustedes|dios)|senor(?:a|ita)?|doctora?|don|dona|sumerce|muy amables?|y"
    r"|(?:que )?dios (?:les?|los?|las?) (?:pague|bendiga)))*"
)
_GREETING = re.compile(
    r"(?:(?:hola|buen[oa]s|buen|dias?|tardes?|noches?|muy|saludos|que mas|como estan?|como le va|hello|hi|good|morning"
    r"|afternoon|evening|senor(?:a|ita|es)?|doctora?|juntos)(?: |$))+"
)
_WHO = re.compile(
    r"(?:disculpe |perdon |y )?(?:quien(?:es)? (?:es|son|(?:me )?hablan?|(?:me )?escriben?)|de parte de quien)"
    r"(?: (?:este|usted(?:es)?|alla|ahi))?"
)
_WHAT = re.compile(
    r"(?:y )?(?:que es (?:esto|eso|juntos|(?:la|esta) libreta)"
    r"|(?:esto )?(?:de que se trata|para que es)(?: (?:esto|eso))?)"
)
_ASKED = {"notice": _WHO, "menu.about": _WHAT}
"""What people ask who do not know us, with the texts that answer it."""
_THANKFUL = frozenset("🙏🙏🏻🙏🏼🙏🏽🙏🏾🙏🏿😊❤️\ufe0f ")


def aside(heard: Heard, context: Context) -> Say | None:
    """What to say to it, or None if it is something else."""
    if heard.media and not heard.text.strip():
        return context.say("aside.media")
    if thanks(heard.text):
        return context.say("aside.thanks")
    line = lexicon("es").message(heard.text).line
    asked = next((key for key, words in _ASKED.items() if words.fullmatch(line)), None)
    return context.say(asked) if asked else None


def greets(heard: Heard) -> bool:
    """Whether a message is a greeting and nothing more."""
    line = lexicon("es").message(heard.text).line if heard.tapped is None and not heard.media else ""
    return line.startswith(("hola", "buen", "saludos", "hello", "hi", "good")) and bool(_GREETING.fullmatch(line))


def thanks(text: str) -> bool:
    """Whether a message is thanks and nothing more."""
    if "🙏" in text and _THANKFUL.issuperset(text):
        return True
    return bool(_THANKS.fullmatch(lexicon("es").message(text).line))
