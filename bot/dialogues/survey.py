"""Answering a questionnaire, one short question at a time.

States: `opening` → `asking` ⇄ `confirming` (a doubtful reading is shown and asked) → over; `paused` is `asking` that
waits for the person to come back. The engine (`surveys/engine.py`) says what is asked next, the reader
(`surveys/reading/`) what a reply means; this dialogue is the manners between them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from uuid import UUID

from bot.dialogues import asking, long_lists
from bot.dialogues.aside import aside
from bot.dialogues.machine import (
    Context,
    Effect,
    Ended,
    Event,
    FinishResponse,
    Heard,
    SaveAnswers,
    Say,
    State,
    Step,
    Understood,
)
from bot.dialogues.speaking import spoken
from messaging.address import Channel
from surveys import engine
from surveys.answers import Reading as Read
from surveys.answers import changes, rows
from surveys.engine import Ask
from surveys.form import Form, chosen
from surveys.reading import READER_VERSION, Command, Kind, Reading

NAME = "survey"
PAUSED = "paused"
LONG_SILENCE = timedelta(hours=6)
"""After so long a message may be a greeting rather than an answer, and people want to hear where they were."""
PACKED_MAX = 12
EXPLAINED = 2
"""Misses after which it is no longer said what kind of answer is wanted: the ways out come instead."""
BEYOND = frozenset({"out_of_range", "in_the_future"})
"""The reader's reasons for a value beyond the bounds of the question."""
OF_THE_CONVERSATION = frozenset(
    {Command.STOP, Command.START, Command.MENU, Command.HELP, Command.LANGUAGE, Command.PERSON}
)
"""Commands that mean the same wherever one stands, also in a pause."""
PICTURES = ("image", "audio", "video")
CODED = re.compile(r"\((\w{2,3})\)\s*$")
LANGUAGE_NAMES = {
    "español": "es",
    "espanol": "es",
    "spanish": "es",
    "castellano": "es",
    "english": "en",
    "inglés": "en",
}
SEPARATORS = re.compile(r"[\s,;/]+")


@dataclass(frozen=True, slots=True)
class Sitting:
    """The state of this dialogue. `doubtful` is a reading waiting for a yes or no, `page` one of a long list.

    `thanks` is the text of the good-bye where it is not that of the Libreta.
    """

    at: str
    response: UUID
    form: int
    anonymous: bool
    progress: engine.State
    last: datetime
    misses: int = 0
    doubtful: str | None = None
    page: int = 0
    thanks: str = ""
    family: int | None = None
    """Whose it is, on a phone of several: it is left when another of them writes."""

    @classmethod
    def from_json(cls, data: State) -> Self:
        return cls(
            at=data["at"],
            response=UUID(data["response"]),
            form=data["form"],
            anonymous=data["anonymous"],
            progress=engine.State.from_json(data["progress"]),
            last=datetime.fromisoformat(data["last"]),
            misses=data.get("misses", 0),
            doubtful=data.get("doubtful"),
            page=data.get("page", 0),
            thanks=data.get("thanks", ""),
            family=data.get("family"),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "response": str(self.response),
            "form": self.form,
            "anonymous": self.anonymous,
            "progress": self.progress.to_json(),
            "last": self.last.isoformat(),
            "misses": self.misses,
            "doubtful": self.doubtful,
            "page": self.page,
            "thanks": self.thanks,
            "family": self.family,
        }

    def moved(self, progress: engine.State) -> Self:
        """The same sitting at another question."""
        return replace(self, at="asking", progress=progress, misses=0, doubtful=None, page=0)


class Survey:
    """Asks a form's questions until there are none left."""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {
        "opening": "being opened",
        "asking": "the answer to the open question",
        "confirming": "whether a doubtful reading is right",
        PAUSED: "the person coming back",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        if isinstance(event, Ended):
            return Step(None, (context.say("survey.ended"),))
        form = context.form(state["form"])
        if state["at"] == "opening":
            return _open(state, form, context)
        if not isinstance(event, Heard):
            return Step(state)
        sitting = _seated(state, form, context)
        step = _hear(sitting, form, event, context)
        return step if step.state is None else replace(step, state={**step.state, "last": context.now.isoformat()})

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        form = context.form(state["form"])
        sitting = _seated(state, form, context)
        return (context.say("survey.recap"), *_open_prompt(sitting, form, context))

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        form = context.form(state["form"])
        sitting = _seated(state, form, context)
        ask = asking.current(form, sitting.progress, context)
        hinted = (Say(ask.hint), context.say("survey.commands")) if ask and ask.hint else (context.say("survey.hint"),)
        # After «¿Es así?» a 1 is a yes: that must be the last thing that was asked.
        return (*hinted, *_open_prompt(sitting, form, context)) if sitting.at == "confirming" else hinted


def takes_words(state: State, context: Context) -> bool:
    """Whether the open question wants words of the person's own."""
    form = context.form(state["form"])
    ask = asking.current(form, _seated(state, form, context).progress, context)
    return state["at"] == "asking" and ask is not None and asking.type_of(ask) == "text"


# --- hearing -----------------------------------------------------------------------------------------------------


def _open(state: State, form: Form, context: Context) -> Step:
    """Ask the first question. Another dialogue may have opened it with what it knows: `given` are the
    answers to the first questions, `doubtful` is a reading of the one after them, to be confirmed.
    """
    progress = engine.start(
        form,
        seed=state["seed"],
        now=context.now,
        zone=context.zone.key,
        preset=state["preset"],
        language=form_language(form, context.language),
    )
    sitting = Sitting("asking", UUID(state["response"]), state["form"], state["anonymous"], progress, context.now)
    sitting = replace(sitting, thanks=state.get("thanks", ""), family=state.get("family"))
    effects: list[Effect] = [Understood("started")]
    for value in state.get("given", ()):
        given = engine.answer(form, sitting.progress, value, context.now)
        effects += _saved(sitting, form, given.state, Reading(Kind.VALUE, value, confidence=1.0), "")
        sitting = sitting.moved(given.state)
    ask = asking.current(form, sitting.progress, context)
    if ask is not None and (doubtful := state.get("doubtful")):
        step = _confirm(sitting, ask, doubtful, context)
        return replace(step, effects=(*effects, *step.effects))
    return _go_on(sitting, form, context, effects)


def _seated(state: State, form: Form, context: Context) -> Sitting:
    """The state, speaking the language that the person has chosen meanwhile."""
    sitting = Sitting.from_json(state)
    language = form_language(form, context.language)
    return replace(sitting, progress=replace(sitting.progress, language=language))


def choice_label(form: Form, name: str, language: str) -> str:
    """A choice as people read it, whichever list it stands in; as the form writes it if in none."""
    for choices in form.lists.values():
        if name in choices.by_name:
            label = chosen(choices.by_name[name].label, form_language(form, language), form.default_language)
            return label.source if label else name
    return name


def form_language(form: Form, language: str) -> str:
    """The form's name for a language («es» → «Español (es)»); its own default if it does not have it."""
    return next((name for name in form.languages if language_code(name) == language), form.default_language)


def language_code(name: str) -> str:
    """The code of a language as forms name it: «Español (es)», «Spanish» and «es» are all «es»."""
    coded = CODED.search(name)
    if coded:
        return coded[1].lower()
    return LANGUAGE_NAMES.get(name.strip().lower(), name)


def _hear(sitting: Sitting, form: Form, heard: Heard, context: Context) -> Step:
    moved = _at_tapped(sitting, form, heard)
    tapped_earlier, sitting = moved is not sitting, moved
    ask = asking.current(form, sitting.progress, context)
    if ask is None:
        return _go_on(sitting, form, context)
    reading = asking.read_reply(ask, heard, context)
    if sitting.at == PAUSED and reading.command not in OF_THE_CONVERSATION:
        return _again(replace(sitting, at="asking"), form, context, context.say("survey.recap"))
    if reading.command is not None:
        return _command(sitting, form, ask, reading.command, reading.argument, context)
    if sitting.at == "confirming":
        step = _confirmed(sitting, form, ask, heard, context)
        if step is not None:
            return step
    if (polite := _aside(sitting, form, reading, heard, context)) is not None:
        return polite
    if sitting.at == "confirming":
        sitting = replace(sitting, at="asking", doubtful=None)
    if tapped_earlier and reading.value is not None and reading.value != ask.value:
        return _accept(sitting, form, reading, heard.text, context, _corrected(ask, reading, context))
    return _take(sitting, form, ask, reading, heard, context)


def _at_tapped(sitting: Sitting, form: Form, heard: Heard) -> Sitting:
    """A tap on an older question's button answers the question it belonged to, unless that is asked no more."""
    path = asking.path_of(heard.tapped)
    if path is None:
        return sitting
    ask = engine.ask(form, sitting.progress)
    if ask is not None and ask.path == path:
        return sitting
    try:
        earlier = engine.goto(form, sitting.progress, path)
    except KeyError:
        return sitting
    tapped = engine.ask(form, earlier)
    # An old «¿hay otro?» is let be: its No would take away what was answered since.
    return (
        sitting.moved(earlier) if tapped is not None and tapped.path == path and tapped.kind == "question" else sitting
    )


def _take(sitting: Sitting, form: Form, ask: Ask, reading: Reading, heard: Heard, context: Context) -> Step:
    match reading.kind:
        case Kind.VALUE:
            return _accept(sitting, form, reading, heard.text, context)
        case Kind.DONTKNOW:
            return _leave_blank(sitting, form, ask, heard.text, context)
        case Kind.CONFIRM if reading.reason == "tells_nothing":
            return _short_of_words(sitting, form, ask, reading, heard, context)
    if heard.tapped is not None:
        return _again(sitting, form, context, Understood("rejected"))
    if packed := _packed(sitting, form, heard.text, context):
        return packed
    if reading.kind is Kind.CONFIRM and reading.value is not None:
        return replace(_confirm(sitting, ask, reading.value, context), passes=True)
    if long_lists.is_long(ask) and (step := _looked_up(sitting, form, ask, heard.text, context)):
        return step
    if (refused := _refused(sitting, form, reading, context)) is not None:
        return refused
    if context.now - sitting.last > LONG_SILENCE:
        return _again(sitting, form, context, context.say("survey.recap"))
    return replace(_misunderstood(sitting, form, ask, reading, context), passes=True)


def _aside(sitting: Sitting, form: Form, reading: Reading, heard: Heard, context: Context) -> Step | None:
    """Thanks, and what nobody can hear or see here: a word, and what was asked. It is no miss."""
    answered = reading.kind in (Kind.VALUE, Kind.DONTKNOW) or reading.reason == "tells_nothing"
    said = None if answered or heard.tapped is not None else aside(heard, context)
    if said is None:
        return None
    return Step(sitting.to_json(), (Understood("rejected"), said, *_open_prompt(sitting, form, context)))


def _confirm(sitting: Sitting, ask: Ask, value: str, context: Context) -> Step:
    """A doubtful reading is never taken silently."""
    doubtful = replace(sitting, at="confirming", doubtful=value)
    return Step(doubtful.to_json(), (Understood("confirm", value=value), asking.is_it_so(ask, value, context)))


def _looked_up(sitting: Sitting, form: Form, ask: Ask, text: str, context: Context) -> Step | None:
    """MAS, or the first letters of a choice, in a list of several pages."""
    if long_lists.wants_more(text):
        return _again(replace(sitting, page=sitting.page + 1), form, context)
    if some := long_lists.beginning(asking.prompt(ask, context), text, context):
        return Step(sitting.to_json(), (Understood("rejected"), some))
    if name := long_lists.only(ask, text):
        return _confirm(sitting, ask, name, context)
    return None


def _refused(sitting: Sitting, form: Form, reading: Reading, context: Context) -> Step | None:
    """What was understood and goes beyond the form's bounds is answered in the form's own words."""
    if reading.reason not in BEYOND or not reading.candidates:
        return None
    outcome = engine.answer(form, sitting.progress, reading.candidates[0], context.now)
    if outcome.violation != "constraint" or not outcome.message:
        return None
    missed = replace(sitting, misses=sitting.misses + 1)
    return _again(missed, form, context, Understood("rejected"), Say(outcome.message))


def _short_of_words(sitting: Sitting, form: Form, ask: Ask, reading: Reading, heard: Heard, context: Context) -> Step:
    """Next to nothing, to an open question: a yes wants to tell more, a no has nothing to tell, the rest is told."""
    match asking.said_yes(ask, heard, context):
        case True:
            return _again(sitting, form, context, Understood("rejected"), context.say("survey.tell_us"))
        case False:
            return _leave_blank(sitting, form, ask, heard.text, context)
    return _accept(sitting, form, reading, heard.text, context)


def _confirmed(sitting: Sitting, form: Form, ask: Ask, heard: Heard, context: Context) -> Step | None:
    """The reply to «Le entendí: 4. ¿Es así?»; None if it is neither yes nor no, but perhaps a new answer."""
    match asking.said_yes(ask, heard, context):
        case True:
            reading = Reading(Kind.VALUE, sitting.doubtful, confidence=1.0, reason="confirmed")
            return _accept(sitting, form, reading, heard.text, context)
        case False:
            again = replace(sitting, at="asking", doubtful=None)
            return _again(again, form, context, Understood("rejected"), context.say("survey.confirm.again"))
    return None


def _command(sitting: Sitting, form: Form, ask: Ask, command: Command, argument: str, context: Context) -> Step:
    heard = Understood("command")
    match command:
        case Command.BACK | Command.CORRECT:
            if command is Command.CORRECT and (sitting.at == "confirming" or (argument and sitting.misses)):
                return _instead(sitting, form, ask, argument, context)
            return _back(sitting, form, argument, context)
        case Command.SKIP:
            return _leave_blank(sitting, form, ask, "", context, "command")
        case Command.PAUSE:
            return Step(replace(sitting, at=PAUSED).to_json(), (heard, context.say("survey.paused")))
        case Command.REPEAT:
            return _again(replace(sitting, at="asking", doubtful=None), form, context, heard)
        case _:
            return Step(sitting.to_json(), command=command)


def _instead(sitting: Sitting, form: Form, ask: Ask, argument: str, context: Context) -> Step:
    """A correction of what was not taken yet: «quise decir 4» to «Le entendí: 3. ¿Es así?»."""
    anew = replace(sitting, at="asking", doubtful=None)
    reading = asking.read_reply(ask, Heard(argument), context)
    if reading.kind is Kind.VALUE:
        return _accept(anew, form, reading, argument, context)
    return _again(anew, form, context, Understood("command"), context.say("survey.confirm.again"))


def _back(sitting: Sitting, form: Form, argument: str, context: Context) -> Step:
    """ATRÁS, or a correction: «quise decir 4» answers the question before, or the one that is being asked again."""
    asked_again = bool(argument) and sitting.progress.at is not None
    back = sitting.progress if asked_again else engine.back(form, sitting.progress)
    if back == sitting.progress and not asked_again:
        return _again(sitting, form, context, Understood("command"), context.say("survey.back.first"))
    moved, previous = sitting.moved(back), asking.current(form, back, context)
    if argument and previous is not None:
        reading = asking.read_reply(previous, Heard(argument), context)
        if reading.kind is Kind.VALUE and reading.value is not None:
            return _accept(moved, form, reading, argument, context, _corrected(previous, reading, context))
    return _again(moved, form, context, Understood("command"), context.say("survey.back"))


def _corrected(ask: Ask, reading: Reading, context: Context) -> Say:
    return context.say("survey.corrected", reading=spoken(ask, str(reading.value), context).removesuffix("."))


def _misunderstood(sitting: Sitting, form: Form, ask: Ask, reading: Reading, context: Context) -> Step:
    missed = replace(sitting, misses=sitting.misses + 1)
    if between := asking.between(ask, reading, context):
        return Step(missed.to_json(), (Understood("rejected"), between))
    said = asking.misunderstood(ask, missed.misses, context)
    why = asking.reason(ask, reading, context) if missed.misses <= EXPLAINED else None
    return _again(missed, form, context, Understood("rejected"), said, *([why] if why else []))


# --- answering ---------------------------------------------------------------------------------------------------


def _accept(sitting: Sitting, form: Form, reading: Reading, raw: str, context: Context, *before: Effect) -> Step:
    outcome = engine.answer(form, sitting.progress, reading.value, context.now)
    if outcome.violation is not None:
        message = Say(outcome.message) if outcome.message else context.say("survey.constraint")
        missed = replace(sitting, at="asking", misses=sitting.misses + 1, doubtful=None)
        return _again(missed, form, context, Understood("rejected", value=reading.value), message)
    effects = (
        *before,
        Understood("accepted", value=reading.value),
        *_saved(sitting, form, outcome.state, reading, raw),
    )
    return _go_on(sitting.moved(outcome.state), form, context, effects)


def _leave_blank(sitting: Sitting, form: Form, ask: Ask, raw: str, context: Context, outcome: str = "dontknow") -> Step:
    """An explicit non-answer: taken, unless the form cannot go on without an answer."""
    left = engine.answer(form, sitting.progress, None, context.now)
    if left.violation is not None:
        said = Say(left.message) if left.message else context.say("survey.required")
        missed = replace(sitting, at="asking", misses=sitting.misses + 1, doubtful=None)
        return _again(missed, form, context, Understood("rejected"), said)
    saved = _saved(sitting, form, left.state, Reading(Kind.DONTKNOW), raw)
    kindly = () if outcome == "command" else (context.say("survey.dontknow"),)
    return _go_on(sitting.moved(left.state), form, context, (Understood(outcome), *saved, *kindly))


def _packed(sitting: Sitting, form: Form, text: str, context: Context) -> Step | None:
    """«5 4 si 3» fills consecutive questions, if every part is an answer beyond doubt and all parts are used."""
    parts = [part for part in SEPARATORS.split(text) if part]
    if not 2 <= len(parts) <= PACKED_MAX:
        return None
    progress, effects, taken = sitting.progress, list[Effect](), list[str]()
    for part in parts:
        progress, _, ask = _next(sitting, form, progress, context)
        if ask is None or not asking.packable(ask):
            return None
        reading = asking.read_reply(ask, Heard(part), context)
        outcome = engine.answer(form, progress, reading.value, context.now)
        if reading.kind is not Kind.VALUE or outcome.violation is not None:
            return None
        effects += _saved(replace(sitting, progress=progress), form, outcome.state, reading, part)
        taken.append(spoken(ask, str(reading.value), context))
        progress = outcome.state
    told = context.say("survey.packed", readings=", ".join(taken))
    accepted = Understood("accepted", value=" ".join(parts))
    return _go_on(sitting.moved(progress), form, context, (accepted, *effects, told))


def _saved(sitting: Sitting, form: Form, after: engine.State, reading: Reading, raw: str) -> tuple[SaveAnswers, ...]:
    """What to store of the difference between two states of the response, if anything."""
    path = sitting.progress.at or (after.done[-1] if after.done else "")
    readings = {path: Read(raw, reading.confidence, str(READER_VERSION))}
    before = rows(form, engine.values(form, sitting.progress), {})
    changed = changes(before, rows(form, engine.values(form, after), readings))
    return (SaveAnswers(sitting.response, changed),) if changed else ()


# --- asking ------------------------------------------------------------------------------------------------------


def _go_on(sitting: Sitting, form: Form, context: Context, effects: Sequence[Effect] = ()) -> Step:
    """Ask the next question, or say good-bye."""
    progress, notes, ask = _next(sitting, form, sitting.progress, context)
    if ask is not None:
        state = replace(sitting, progress=progress).to_json()
        return Step(state, (*effects, *notes, _put(sitting, ask, context)))
    good_bye = context.say(sitting.thanks or ("survey.done.anonymous" if sitting.anonymous else "survey.done.named"))
    finish = FinishResponse(sitting.response, complete=True)
    return Step(None, (*effects, finish, Understood("finished"), *notes, good_bye))


def _again(sitting: Sitting, form: Form, context: Context, *before: Effect) -> Step:
    """Say something, then the open question once more."""
    return Step(sitting.to_json(), (*before, *_question(sitting, form, context)))


def _open_prompt(sitting: Sitting, form: Form, context: Context) -> tuple[Say, ...]:
    """What waits for a reply: the question, or «¿Es así?»."""
    ask = asking.current(form, sitting.progress, context)
    if sitting.at == "confirming" and ask is not None and sitting.doubtful is not None:
        return (asking.is_it_so(ask, sitting.doubtful, context),)
    return _question(sitting, form, context)


def _question(sitting: Sitting, form: Form, context: Context) -> tuple[Say, ...]:
    _, notes, ask = _next(sitting, form, sitting.progress, context)
    return (*notes, _put(sitting, ask, context)) if ask is not None else notes


def _put(sitting: Sitting, ask: Ask, context: Context) -> Say:
    """The question as it is put, with its picture."""
    return replace(asking.question(ask, sitting.page, context), media=_picture(sitting, ask, context))


def _picture(sitting: Sitting, ask: Ask, context: Context) -> str | None:
    """Where the picture, sound or film of a question can be fetched. SMS shows none."""
    named = (ask.media[kind] for kind in PICTURES if ask.media.get(kind))
    name = next(named, None)
    return context.file(sitting.form, name) if name and context.channel is Channel.WHATSAPP else None


def _next(
    sitting: Sitting, form: Form, progress: engine.State, context: Context
) -> tuple[engine.State, tuple[Say, ...], Ask | None]:
    """The next question, and the notes on the way to it, which are said along with it."""
    notes: list[Say] = []
    while (ask := asking.current(form, progress, context)) is not None and ask.kind == "note":
        notes.append(Say(ask.text, media=_picture(sitting, ask, context)))
        progress = engine.answer(form, progress, None).state
    return progress, tuple(notes), ask
