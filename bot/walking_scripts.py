"""How each dialogue is walked: its beginnings, and what its requests may come back with. Pure."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from bot.catalogue import SPANISH, Catalogue
from bot.dialogues import (
    complaint,
    emergency,
    goals,
    grades,
    language,
    menu,
    offer,
    person,
    progress,
    radicado,
    referral,
    referral_list,
    reply,
    report,
    rights,
    session,
    survey,
    who,
)
from bot.dialogues.machine import (
    BeginResponse,
    Begun,
    Context,
    Ended,
    FindInvitations,
    Found,
    Invitation,
    RedeemCode,
    Redeemed,
)
from bot.dialogues.referral_sheet import Sheet
from bot.dialogues.session import Slot, Visit
from bot.walking import Script
from families import folio
from messaging.address import Channel
from messaging.contact_hours import BOGOTA
from surveys.form import Form

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
FAMILY: Mapping[str, Any] = {"family": 1}
RESPONSE = UUID(int=1)
RADICADO = "123456786"
FOLIO = folio.issue(folio.FIRST_SERIAL)
INVITATION = Invitation(1, 1, 1, anonymous=True)
VISIT = Visit(2, NOW + timedelta(days=1), "", "visit", "Marta Díaz")
OTHER = Visit(3, NOW + timedelta(days=2), "Salón comunal", "meeting", "Marta Díaz")
SLOTS = (Slot(7, NOW + timedelta(days=3)), Slot(8, NOW + timedelta(days=4)))
SHEET = Sheet(
    referral=4,
    programme="Curso de cocina",
    entity="SENA",
    requirements="Ser mayor de edad",
    bring="Cédula",
    address="Calle 1",
    hours="8 a 12",
    contact="",
    answer_by=NOW + timedelta(days=5),
    due_at=NOW + timedelta(days=6),
    fixed=True,
)
LINES = (report.Line("ID1", "Cédula"), report.Line("HA1", "Agua"))
ASKS = ("offer", "outcome", "date", "wait")

SCRIPTS: Mapping[str, Script] = {
    menu.NAME: Script(
        ({"at": "looking", "libreta": False}, {"at": "looking", "libreta": False, "running": True}),
        {FindInvitations: (Found(()), Found((INVITATION,), family=True))},
    ),
    offer.NAME: Script(
        (
            {"at": "looking"},
            {"at": "looking", "else_menu": True},
            {"at": "redeeming", "code": "4821-73"},
        ),
        {
            FindInvitations: (Found(()), Found((INVITATION,))),
            RedeemCode: (Redeemed(INVITATION), Redeemed(None, "spent")),
            BeginResponse: (Begun(INVITATION, RESPONSE, 1), Begun(INVITATION, None), Ended(RESPONSE)),
        },
    ),
    language.NAME: Script(({"at": "opening"},)),
    survey.NAME: Script(
        (
            {
                "at": "opening",
                "response": str(RESPONSE),
                "form": 1,
                "anonymous": True,
                "preset": {"modulo": "corto"},
                "seed": 1,
            },
        ),
        words=("PAUSA", "como un 4 diria yo", "4"),
    ),
    who.NAME: Script(
        (
            {"at": "looking", "dialogue": rights.NAME, "state": {"at": "opening"}},
            {"at": "looking", "dialogue": person.NAME, "state": {"at": "opening", "strangers": True}},
            {"at": "still_there", "said": "", "below": {"dialogue": session.NAME, "state": {"at": "looking"}}},
            {"at": "wrong_number"},
            {"at": "joining"},
        ),
        {
            who.FindFamilies: (
                who.Families(()),
                who.Families(((1, "Luz P."),)),
                who.Families(((1, "Luz P."), (2, "Ana M."))),
                who.Families(((1, "Luz P."),), doubtful=True),
            ),
            who.ConfirmPhone: (who.Families(((1, "Luz P."),)),),
            who.LeavePhone: (who.Left(),),
            who.ProveFamily: (who.Proved(1), who.Proved(None, again=True), who.Proved(None)),
        },
        (FOLIO, "4321", "numero equivocado"),
    ),
    session.NAME: Script(
        (
            {"at": "looking", **FAMILY},
            *({"at": "tapped", "subject": "1-2", "choice": choice} for choice in (*session.ANSWERS, "slot7")),
            {"at": "tapped", "subject": "1-2-3", "choice": "cannot"},
        ),
        {
            session.Look: (
                session.Standing(1, ()),
                session.Standing(1, (VISIT,)),
                session.Standing(1, (VISIT, OTHER), because="moved"),
            ),
            session.Note: (
                session.Noted((VISIT,), "going"),
                session.Noted((VISIT,), "cannot"),
                session.Noted((VISIT,), "cannot", SLOTS),
                session.Noted((VISIT,), "other_day", SLOTS),
                session.Noted((VISIT,), "other_day"),
            ),
            session.Take: (session.Taken(VISIT), session.Noted((VISIT,), "other_day", SLOTS, gone=True)),
        },
        ("no puedo",),
    ),
    referral.NAME: Script(
        (
            {"at": "looking", "subject": "4", **FAMILY},
            {"at": "tapped", "subject": "4", "choice": "accept", **FAMILY},
            {"at": "tapped", "subject": "4", "choice": "more", **FAMILY},
        ),
        {
            referral.Look: (
                referral.Standing(),
                referral.Standing(SHEET, 1, past="closed"),
                *(referral.Standing(SHEET, 1, ask=ask, place=2) for ask in ASKS),
            ),
            referral.Decide: (
                referral.Decided(SHEET, 1, "accepted"),
                referral.Decided(SHEET, 1, "waiting", place=2),
            ),
            referral.Tell: (referral.Telling(SHEET, False, INVITATION, RESPONSE, 1), referral.Standing()),
            referral.Unsay: (),
        },
    ),
    referral_list.NAME: Script(
        ({"at": "looking", **FAMILY},),
        {
            referral_list.FindReferrals: (
                referral_list.Referrals(()),
                referral_list.Referrals((referral_list.Line(4, "Curso de cocina", "offered"),)),
            )
        },
    ),
    referral_list.TOLD: Script(
        ({"at": "telling"},),
        {
            referral_list.FindDue: (referral_list.Due(()), referral_list.Due(((4, 1),))),
            referral.Unsay: (),
        },
    ),
    progress.NAME: Script(
        ({"at": "looking", **FAMILY},),
        {
            progress.LookAtProgress: (
                progress.Told(0, 0, 0, (), "", has_goals=False),
                progress.Told(3, 40, 1, ("Cédula",), "", has_goals=True),
            )
        },
    ),
    reply.NAME: Script(
        (), letters=(reply.OPENING.state,), words=("gracias", "No nos ha llegado el mercado de este mes")
    ),
    report.NAME: Script(
        ({"at": "looking", **FAMILY}, {"at": "heard", "codes": ["ID1"], **FAMILY}),
        {
            report.FindReportable: (report.Reportable(()), report.Reportable(LINES), report.Reportable(LINES[:1])),
            report.RecordReport: (report.Recorded("reported"), report.Recorded("")),
        },
    ),
    goals.NAME: Script(
        (
            {"at": "looking", **FAMILY},
            {"at": "tapped", "subject": "5", "choice": goals.ANSWERS[0], **FAMILY},
        ),
        {
            goals.LookAtGoals: (goals.Goals(()), goals.Goals((("HA1", "Agua"), ("ID1", "Cédula")))),
            goals.PutFirst: (goals.Goals((("ID1", "Cédula"), ("HA1", "Agua"))),),
            goals.AnswerGoal: (
                goals.GoalAnswered(None, "HA1", "done"),
                *(goals.GoalAnswered(1, "HA1", answer) for answer in goals.ANSWERS),
            ),
        },
        letters=({"at": "asked", "subject": "5", "label": "Tener agua", **FAMILY},),
    ),
    grades.NAME: Script(
        ({"at": "looking", **FAMILY},),
        {
            grades.FindGrades: (
                grades.Published(),
                grades.Published("Sincelejo", (("Salud", "3,8"), ("SENA", "4,2"))),
            )
        },
    ),
    complaint.NAME: Script(
        (
            {"at": "opening"},
            {"at": "recognised", "kind": "complaint", "text": "Quiero poner una queja"},
            {"at": "filing", "kind": "claim", "about": "gestor", "text": "No vino", "named": True, **FAMILY},
            {"at": "tapped", "subject": RADICADO, "choice": "served"},
        ),
        {
            complaint.FileComplaint: (complaint.Filed(RADICADO, date(2026, 12, 15)),),
            complaint.RateAnswer: (complaint.Rated(True), complaint.Rated(False), complaint.Rated(None)),
        },
        letters=({"at": "rating", "subject": RADICADO},),
    ),
    radicado.NAME: Script(
        ({"at": "opening", "number": ""}, {"at": "opening", "number": RADICADO}),
        {
            radicado.FindComplaint: (
                radicado.Standing(RADICADO),
                radicado.Standing(RADICADO, "received", date(2026, 12, 15)),
                radicado.Standing(RADICADO, "answered", date(2026, 12, 1), "claim", answer="Ya salió."),
            )
        },
        (RADICADO, "123456780"),
    ),
    emergency.NAME: Script(
        ({"at": "opening", "danger": "violence"},),
        {emergency.RaiseAlert: (emergency.Alerted(False),), emergency.AskForCall: ()},
        ("me van a matar",),
    ),
    person.NAME: Script(
        tuple({**person.opening("Necesito hablar", unread=unread).state, **FAMILY} for unread in (False, True)),
        {
            person.WriteLetter: (
                person.Written(6, "Marta Díaz"),
                person.Written(6, surveying=True),
                person.Written(None),
            ),
            person.EndTalk: (),
        },
        ("FIN",),
    ),
    rights.NAME: Script(
        ({"at": "opening", **FAMILY}, {"at": "opening", "family": None}),
        {
            rights.FindHeld: (rights.Held(4, 1, 2, date(2026, 1, 1)),),
            rights.FileRight: (rights.RightFiled(RADICADO, date(2026, 12, 15)),),
        },
    ),
}


def context(texts: Catalogue, form: Form) -> Context:
    """In which dialogues are walked: an SMS in Spanish, and a form for the survey."""
    return Context(now=NOW, zone=BOGOTA, channel=Channel.SMS, language=SPANISH, texts=texts, form=lambda _version: form)
