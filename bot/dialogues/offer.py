"""A questionnaire is offered, and begun if the person wants.

States: `looking` (for what is open to them) → `offering` → `beginning` → over, with the survey on top.
A one-time code skips the offer: whoever sends one wants to answer.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from bot.dialogues import menu, who
from bot.dialogues.choosing import chosen
from bot.dialogues.machine import (
    Answer,
    BeginResponse,
    Begun,
    Context,
    Ended,
    Event,
    FindInvitations,
    Found,
    Frame,
    Heard,
    Invitation,
    Option,
    RedeemCode,
    Redeemed,
    Say,
    State,
    Step,
    Understood,
)

NAME = "offer"


class Offer:
    """«Tiene una Libreta por llenar. ¿Empezamos?»"""

    name = NAME
    needs_family = False
    states: ClassVar[Mapping[str, str]] = {
        "looking": "which questionnaires are open to the person",
        "offering": "whether to begin now",
        "redeeming": "what a one-time code opens",
        "beginning": "the response being opened",
    }

    def hear(self, state: State, event: Event, context: Context) -> Step:
        match event:
            case Found():
                return self._found(state, event, context)
            case Redeemed(invitation=Invitation() as invitation):
                return Step({"at": "beginning"}, (BeginResponse(invitation),))
            case Redeemed(reason=reason):
                return Step(None, (context.say(f"code.{reason}"),))
            case Begun(invitation=invitation, response_id=None):
                return Step(None, (context.say("offer.answered_already"),))
            case Begun():
                return Step(None, push=_survey(event))
            case Ended():
                return Step(None, (context.say("survey.ended"),))
            case Heard() if state["at"] == "looking":
                return Step(state, (FindInvitations(state.get("speaker")),))
            case Heard() if state["at"] == "redeeming":
                return Step(state, (RedeemCode(state["code"]),))
            case Heard():
                return self._decide(state, event, context)
            case Answer():
                return Step(state)

    def resume(self, state: State, context: Context) -> tuple[Say, ...]:
        invitation = _from_json(state["invitation"])
        promise = context.text("offer.anonymous" if invitation.anonymous else "offer.named")
        whose = context.text("session.to", name=invitation.label) if invitation.label else ""
        return (Say(whose + context.text("offer.ask", promise=promise), _options(context)),)

    def help(self, state: State, context: Context) -> tuple[Say, ...]:
        return (context.say("offer.help"),)

    def _found(self, state: State, found: Found, context: Context) -> Step:
        match found:
            case Found(doubtful=True):
                return Step(None, push=who.asking(Frame(NAME, {**state, "at": "looking"})))
            case Found((first, *_)):
                offering = {"at": "offering", "invitation": _to_json(first)}
                return Step(offering, self.resume(offering, context))
            case Found(family=False) if state.get("else_menu"):
                return Step(None, push=who.stranger())
            case Found() if state.get("else_menu"):
                return Step(None, push=menu.shown(libreta=False, family=True))
            case _:
                return Step(None, (context.say("offer.none"),))

    def _decide(self, state: State, heard: Heard, context: Context) -> Step:
        match chosen(_options(context), heard, context):
            case "yes":
                return Step({"at": "beginning"}, (BeginResponse(_from_json(state["invitation"])),))
            case "no":
                return Step(None, (context.say("offer.later"),))
            case _:
                again = (context.say("menu.not_understood"), *self.resume(state, context))
                return Step(state, (Understood("rejected"), *again), passes=True)


def _options(context: Context) -> tuple[Option, ...]:
    return tuple(Option(id, context.text(f"offer.option.{id}")) for id in ("yes", "no"))


def _survey(begun: Begun) -> Frame:
    return Frame(
        "survey",
        {
            "at": "opening",
            "response": str(begun.response_id),
            "form": begun.invitation.form_version_id,
            "anonymous": begun.invitation.anonymous,
            "preset": dict(begun.invitation.preset),
            "seed": begun.seed,
            "family": begun.invitation.family,
        },
    )


def _to_json(invitation: Invitation) -> dict[str, Any]:
    return {
        "id": invitation.id,
        "wave": invitation.wave_id,
        "form": invitation.form_version_id,
        "anonymous": invitation.anonymous,
        "preset": dict(invitation.preset),
        "label": invitation.label,
        "family": invitation.family,
    }


def _from_json(data: dict[str, Any]) -> Invitation:
    return Invitation(
        data["id"],
        data["wave"],
        data["form"],
        data["anonymous"],
        data["preset"],
        data.get("label", ""),
        data.get("family"),
    )
