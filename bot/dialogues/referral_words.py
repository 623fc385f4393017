"""What a family means that answers an offer, or «¿lo atendieron?», in its own words. Pure.

«me interesa», «déjeme lo pienso», «fui y me pidieron plata»: what it chooses, or how it went and perhaps why not.
What is not plain is left alone: asking again is better than a wrong note.
"""

import re
from dataclasses import dataclass

from bot.dialogues.session_words import speaks_of_visit
from surveys.reading.text import fold

MOST_WORDS = 30
"""A longer text is about something else."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went: served, not_served or not_yet. `reason` is a choice of the questionnaire «remision», if told."""

    choice: str
    reason: str = ""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


MORE = _any(
    *("mas informacion", "mas info", "informacion", "informes?", "requisitos?", "expliqueme", "cuenteme mas"),
    *("de que se trata", "que es eso", "como es eso", "donde (?:es|queda)", "a que hora", "cuando es", "cuanto cuesta"),
    *("more information", "what is it", "tell me more"),
)
LATER = _any(
    *("despues", "luego", "mas tarde", "lo pienso", "lo voy a pensar", "dejeme pensar(?:lo)?", "ahora no", "otro dia"),
    *("le aviso", "manana le (?:digo|aviso|confirmo)", "todavia no se", "no se(?: todavia)?", "later"),
)
DECLINE = _any(
    *("no me interesan?", "no nos interesa", "no quiero", "no queremos", "no gracias", "no puedo", "no podemos"),
    *(
        "no voy(?: a ir| a poder)?",
        "no lo necesito",
        "ya no",
        "no espero",
        "no creo",
        "paso",
        "not interested",
        "no thanks",
    ),
)
ACCEPT = _any(
    *(
        "acept(?:o|amos)",
        "me interesa",
        "nos interesa",
        "(?:si|claro que) quiero",
        "quiero (?:ir|el cupo|entrar)",
        "queremos",
    ),
    *(
        "inscrib(?:ame|anos|eme)",
        "anot(?:eme|enos|ame)",
        "apunt(?:eme|ame)",
        "cuente conmigo",
        "voy",
        "vamos",
        "alla estoy",
    ),
    *("me lo guarda", "lo tomo", "espero", "accept", "i want it"),
)
AGREED = re.compile(r"(?:s+i+|sip|claro|listo|ok|okey|vale|bueno|dale|de una|de acuerdo|yes|por supuesto)")
BARE_NO = re.compile(r"(?:no+|no senora?|nop|not?)")
COURTESY = re.compile(r"(?:muchas )?gracias|por favor|senor(?:a|ita)?|don|dona|que|pues|muy amable|[\W_]+")


def read_choice(said: str) -> str | None:
    """What somebody chooses who was offered a place: accept, more, decline or later; None where it is not plain."""
    folded = _folded(said)
    if not folded or speaks_of_visit(folded):
        return None
    for choice, words in (("more", MORE), ("later", LATER), ("decline", DECLINE), ("accept", ACCEPT)):
        if words.search(folded):
            return choice
    if _agrees(folded):
        return "accept"
    return "decline" if BARE_NO.fullmatch(COURTESY.sub(" ", folded).strip()) else None


NOT_YET = _any(
    *(
        "(?:todavia|aun) no",
        "no he (?:ido|podido|alcanzado)",
        "no hemos ido",
        "no (?:pude|pudimos|alcance a) ir",
        "no fui",
    ),
    *("no fuimos", "voy (?:manana|el|la otra)", "me toca", "not yet"),
)
SERVED = _any(
    *(
        "(?<!no )(?<!no me )(?<!no nos )(?:me|nos|lo|la) atendieron",
        "ya (?:fui|fuimos|quede|quedamos)",
        "me inscribieron",
    ),
    *(
        "me recibieron",
        "(?:muy|todo) bien",
        "excelente",
        "bien atendid[oa]s?",
        "quede inscrit[oa]",
        "me dieron el cupo",
    ),
)
NOT_SERVED = _any(
    *(
        "no (?:me|nos|lo|la)? ?(?:quisieron )?(?:atendieron|atender|atienden)",
        "nadie (?:me|nos) atendio",
        "sin atender",
    ),
    *(
        "no fue posible",
        "no (?:me|nos) (?:dieron|dejaron|recibieron|quisieron|inscribieron|solucionaron)",
        "perdi el viaje",
    ),
    *("me toco devolverme", "(?:me|nos) (?:devolvieron|sacaron|echaron|rechazaron|negaron)", "they did not"),
)
NO_MONEY = _any(
    r"(?:no|nunca|nadie) (?:me|nos)? ?(?:pidieron|pidio|cobraron|cobro)(?: \w+){0,2}", "sin pagar", "gratis"
)
BEGINS_WITH_NO = re.compile(r"\W*no\b\W+\w")
REASONS = (
    (
        "plata",
        _any(
            *("plata", "dinero", "billete", "pesos", r"cobr(?:aron|aban|an|o|a|arme)", r"pag(?:ar|ara|ue|o)"),
            *("coima", "soborno", "mordida", "propina", "asked (?:me )?for money"),
        ),
    ),
    (
        "cupos",
        _any(
            r"no (?:hay|habia|hubo|quedaban?|quedan) (?:mas )?(?:cupos?|fichas?|turnos?|citas?)",
            *(
                "sin cupos?",
                "(?:todo|ya estaba|estaba) llen[oa]",
                r"se (?:acabaron|agotaron) (?:los cupos|las fichas|los turnos)",
            ),
        ),
    ),
    (
        "lejos",
        _any("(?:muy|tan|queda|quedaba|bien) lejos", "lejisimos", "pasajes?", "no tenia (?:como|en que) (?:ir|llegar)"),
    ),
    (
        "papeles",
        _any(
            r"(?:falt\w+|sin|no (?:llevaba|lleve|tenia)) (?:\w+ ){0,3}(?:documentos?|cedula|carta|certificado)",
            *(r"papel(?:es)?", r"no salgo en el (?:sisben|sistema|listado)"),
        ),
    ),
    (
        "rechazo",
        _any(
            *("no (?:me|nos) quisieron", r"(?:me|nos) (?:devolvieron|sacaron|echaron|rechazaron|negaron|humillaron)"),
            *("mal trato", "groser[oa]s?", "no (?:me|nos) (?:dejaron entrar|recibieron)"),
        ),
    ),
)


def read_outcome(said: str) -> Outcome | None:
    """How it went, and why not if that was told too; None where it is not plain."""
    folded = _folded(said)
    if not folded:
        return None
    bare = COURTESY.sub(" ", folded).strip()
    if NOT_YET.search(folded):
        return Outcome("not_yet")
    served = bool(SERVED.search(folded))
    # «no, queda muy lejos» is a no; «no me cobraron nada» is none.
    denied = bool(NOT_SERVED.search(folded)) or (bool(BEGINS_WITH_NO.match(NO_MONEY.sub("", folded))) and not served)
    if denied or BARE_NO.fullmatch(bare):
        return Outcome("not_served", read_reason(folded))
    return Outcome("served") if served or _agrees(folded) else None


def read_reason(folded: str) -> str:
    """The one reason that a text tells, as the questionnaire names it; empty if it tells none, or several."""
    without = NO_MONEY.sub(" ", folded)
    found = [reason for reason, words in REASONS if words.search(without)]
    if found and found[0] == "plata":
        return "plata"
    return found[0] if len(found) == 1 else ""


def _agrees(folded: str) -> bool:
    """Whether a text is a yes and nothing else."""
    rest, yeses = re.subn(rf"(?<!\w)(?:{AGREED.pattern})(?!\w)", " ", folded)
    return yeses > 0 and not COURTESY.sub(" ", rest).strip()


def _folded(said: str) -> str:
    folded = " ".join(re.sub(r"['’´`]", " ", fold(said)).split())
    return folded if len(folded.split()) <= MOST_WORDS else ""
