"""What a family means that answers a reminder in its own words. Pure.

«allá estoy», «no alcanzo a ir», «el martes no puedo pero el sábado sí»: whether it goes, needs another day (and which)
or cannot. What is not plain is left alone: asking again is better than a wrong note.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from surveys.reading.text import fold

MOST_WORDS = 16
"""A longer text is about something else."""
FEW_WORDS = 5
"""«voy» in more words is about going elsewhere."""
DAYS_AHEAD = 45
"""How far ahead a day of the month may be meant."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is meant: going, other_day, cannot, or ask (when and where it is). `day` is the other day, if named."""

    choice: str
    day: date | None = None


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


WEEKDAYS = {
    **dict(zip(("lunes", "martes", "miercoles", "jueves", "viernes", "sabado"), range(6), strict=True)),
    **dict(zip(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday"), range(6), strict=True)),
}
MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
    *("sep?tiembre", "octubre", "noviembre", "diciembre"),
)

HARMLESS = _any("no hay (?:ningun )?(?:problema|lio)", "no (?:voy a )?falt(?:o|ar|are|amos|aremos)", "sin falta")
"""Denials that are a yes."""
DENIED = _any(
    r"no (?:voy|vamos|puedo|podre|podemos|podremos|puede|alcanzo|alcanzamos|asisto|asistire)",
    r"no (?:estoy|estare|estamos|estaremos)",
    r"no (?:se puede|me queda|me sirve|tengo|hay|vengan?|nos queda)",
    "i can ?not",
    "i can ?t",
    "imposible",
    "ese dia no",
)
EXCUSES = _any(
    *("enferm[oa]s?", "trabaj(?:o|ar|ando|amos)", "de viaje", "viajando", "calamidad", "velorio", "entierro"),
    r"cita (?:medica|en|con)",
)
BARE_NO = re.compile(r"\W*(?:no+p?e?|no,? (?:senora?|senorita|gracias|por ahora)|not?)\W*")
CHANGE = _any(
    r"otr[oa]s? (?:dia|fecha|hora|si|semana|momento)",
    *("cambi(?:ar|arla|arme|o|e|arlo|en|emos)", "mover(?:la|lo)?", "aplaz(?:ar|arla|arlo|o|a)", "correr(?:la|lo)?"),
    *("posponer(?:la|lo)?", "reprogram(?:ar|arla|o)", r"proxima semana", "semana (?:que viene|entrante)"),
    *("mas tarde", "mas temprano", "por la tarde si", "por la manana si", "en la tarde si"),
    *("another day", "reschedule"),
)
GOING = _any(
    *("voy", "vamos", "ire", "iremos", "asisto", "asistire(?:mos)?", "confirm(?:o|ado|ada|amos)", "alla nos vemos"),
    r"(?:alla|ahi|alli|aca|aqui) (?:estoy|estare|estaremos|estamos|voy|llego|llegamos|nos vemos)",
    r"(?:l[aoe]s?|te) esper(?:o|amos|are)",
    *("cuent[ea]n? con(?:migo| nosotros)", "nos vemos", "venga(?:n)?", "i will be there", "i ll be there", "see you"),
)
AGREED = re.compile(
    r"s+i+|sip|claro|listo|ok|okey|okay|oki|okis|vale|bueno|dale|perfecto|de una|de acuerdo|por supuesto|yes|sure|puedo"
    r"|podemos|se puede|con (?:mucho )?gusto|esta bien|bien|seguro|si dios quiere|\U0001f44d|\U0001f44c|\u2705"
)
COURTESY = re.compile(r"q|que|senor(?:a|ita)?|don|dona|(?:muchas )?gracias|sumerce|por favor|[\W_]+")
"""What may stand beside a yes without changing it."""
ASKED = _any(
    *("a que horas?", "que horas?", "donde", "en donde", "cuando es", "cuando", "que dia", "cual dia", "con quien es"),
    *("what time", "where", "when"),
)
UNSURE = _any("no se", "tal vez", "de pronto", "quizas?", "a ver si", "si puedo le aviso", "maybe")
CLAUSES = re.compile(r"[,.;:]|\bpero\b|\bmejor\b|\bsino\b|\by\b|\bbut\b")
PART_OF_DAY = re.compile(r"\b(?:por|en|de) la manana\b")
TOMORROW = _any("manana", "tomorrow")
AFTER_TOMORROW = _any("pasado manana")
DAY_OF_MONTH = re.compile(
    rf"\b(?:el )(\d{{1,2}})(?: de ({'|'.join(MONTHS)}))?\b|\b(\d{{1,2}}) de ({'|'.join(MONTHS)})\b"
)


def read_wish(said: str, today: date) -> Wish | None:
    """What somebody means who was asked whether they can come; None where it is not plain."""
    folded = " ".join(HARMLESS.sub("claro", re.sub(r"['’´`]", " ", fold(said))).split())
    if not folded or len(folded.split()) > MOST_WORDS:
        return None
    denied = bool(DENIED.search(folded))
    day = _proposed(folded, today)
    if UNSURE.search(folded) and day is None:
        return None
    if CHANGE.search(folded) or (day is not None and not GOING.search(folded)):
        return Wish("other_day", day)
    if ASKED.search(folded) and not EXCUSES.search(folded) and not (denied and "con quien" in folded):
        return Wish("ask")
    if BARE_NO.fullmatch(folded) or denied or EXCUSES.search(folded):
        return Wish("cannot")
    return Wish("going") if GOING.search(folded) or _agrees(folded) else None


def says_coming(said: str) -> bool:
    """Whether somebody says so in so many words: «allá estoy», and no bare «sí»."""
    wish = read_wish(said, date(2000, 1, 1))
    return wish is not None and wish.choice == "going" and bool(GOING.search(fold(said)))


def _agrees(folded: str) -> bool:
    """Whether a text is a yes and nothing else."""
    rest, yeses = re.subn(rf"(?<!\w)(?:{AGREED.pattern})(?!\w)", " ", folded)
    return yeses > 0 and not re.sub(rf"(?<!\w)(?:{COURTESY.pattern})(?!\w)", " ", rest).strip()


def _proposed(folded: str, today: date) -> date | None:
    """The day that is offered instead: one in a clause that denies nothing."""
    for clause in CLAUSES.split(PART_OF_DAY.sub("", folded)):
        if not DENIED.search(clause) and (found := _day(clause, today)):
            return found
    return None


def _day(clause: str, today: date) -> date | None:
    if AFTER_TOMORROW.search(clause):
        return today + timedelta(days=2)
    if TOMORROW.search(clause):
        return today + timedelta(days=1)
    for name, number in WEEKDAYS.items():
        if re.search(rf"\b{name}\b", clause):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    if found := DAY_OF_MONTH.search(clause):
        number, month = int(found[1] or found[3]), found[2] or found[4]
        return _of_month(number, month, today)
    return None


def _of_month(number: int, month: str | None, today: date) -> date | None:
    """The next day ahead with this number, in this month if one was named."""
    for ahead in range(1, DAYS_AHEAD + 1):
        found = today + timedelta(days=ahead)
        if found.day == number and (month is None or re.fullmatch(MONTHS[found.month - 1], month)):
            return found
    return None


THE_VISIT = _any(
    *("visita", "cita", "reunion", "encuentro", "sesion", "gestora?", "visit", "meeting", "appointment"),
)
COMING = _any(
    *("ir", "asistir", "llegar", "voy", "vamos", "ire", "iremos", "estar", "otro dia", "ese dia", "otra fecha"),
    *(r"recibir(?:l[aoe]s?)?", r"atender(?:l[aoe]s?)?", "estare(?:mos)?", "estoy", "come", "be there"),
)
CHILDREN = _any("hij[oa]s?", "nin[oa]s?", "colegio", "escuela", "jardin")


def speaks_of_visit(said: str) -> bool:
    """Whether somebody names the visit, or the gestor who comes."""
    return bool(THE_VISIT.search(fold(said)))


def changes_mind(said: str, today: date) -> bool:
    """Whether somebody says, without having been asked, that they come after all, cannot, or need another day."""
    folded = fold(said)
    wish = read_wish(said, today)
    named = bool(THE_VISIT.search(folded))
    if wish is None or not (named or (COMING.search(folded) and not CHILDREN.search(folded))):
        return False
    return wish.choice in ("cannot", "other_day") or (wish.choice == "going" and len(folded.split()) <= FEW_WORDS)


ABOUT = re.compile(
    r"\W*(?:(?:cuando|que dia|a que horas?) (?:es|sera|viene|vienen) )?(?:mi|la|el|nuestra)? ?(?:proxim[oa] )?"
    r"(?:visita|cita|sesion|encuentro|reunion|gestora?)(?: con (?:la|el|mi) gestora?)?\W*"
)
ALONE = re.compile(r"\W*(?:la |el |mi )?(?:gestora?|reunion)\W*")


def asks_for_visit(said: str) -> bool:
    """Whether somebody asks, out of nothing, when their next session is: «mi visita», «¿cuándo viene la gestora?»."""
    folded = " ".join(fold(said).split())
    return bool(ABOUT.fullmatch(folded)) and not ALONE.fullmatch(folded)
