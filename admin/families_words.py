"""How the pages of families call what the records know by codes."""

from typing import Final

from flask import Flask

from admin.language import gettext, mark
from families import folio
from families.claims import Source, Verdict
from families.claims import Status as Claimed
from families.families import Relation, Status, Zone
from families.life_plan import Answer
from families.news import Kind

STATUSES: Final = {
    Status.WELCOMED: mark("Bienvenida, sin firmar"),
    Status.ACTIVE: mark("Activa"),
    Status.DECLINED: mark("No entró"),
    Status.GRADUATED: mark("Egresó con sus logros"),
    Status.WITHDRAWN: mark("Retirada"),
}
ZONES: Final = {Zone.URBAN: mark("Urbana"), Zone.RURAL: mark("Rural")}
RELATIONS: Final = {
    Relation.HEAD: mark("Jefa o jefe de hogar"),
    Relation.PARTNER: mark("Pareja"),
    Relation.CHILD: mark("Hija o hijo"),
    Relation.GRANDCHILD: mark("Nieta o nieto"),
    Relation.PARENT: mark("Madre o padre"),
    Relation.OTHER: mark("Otra persona"),
}
CLAIMED: Final = {
    Claimed.PENDING: mark("Pendiente"),
    Claimed.REPORTED: mark("Avisado, por verificar"),
    Claimed.SENT_BACK: mark("Devuelto"),
    Claimed.VERIFIED: mark("Verificado"),
    Claimed.NOT_APPLICABLE: mark("No aplica"),
}
SOURCES: Final = {
    Source.FAMILY: mark("Familia"),
    Source.GESTOR: mark("Gestor"),
    Source.REGISTER: mark("Registro externo"),
}
VERDICTS: Final = {
    Verdict.REACHED: mark("logrado"),
    Verdict.NOT_REACHED: mark("sin lograr"),
    Verdict.NOT_APPLICABLE: mark("no aplica"),
}
ANSWERS: Final = {
    Answer.DONE: mark("dice que ya la logró"),
    Answer.GOING: mark("va en eso"),
    Answer.STUCK: mark("se le complicó"),
}
NEWS: Final = {
    Kind.GOAL_STUCK: mark("Se le complicó una meta"),
    Kind.QUESTIONS_STOPPED: mark("No quiere más preguntas sobre sus metas"),
    Kind.PHONE_ADDED: mark("Registró otro teléfono"),
    Kind.PHONE_LEFT: mark("Un teléfono ya no es de esta familia"),
    Kind.PROOF_FAILED: mark("Alguien probó varias veces con su folio, sin acertar"),
}
STEPS: Final = {
    "signed": mark("Firmó el acuerdo"),
    "declined": mark("No entró al programa"),
    "graduated": mark("Egresó con sus logros"),
    "withdrawn": mark("Se retiró"),
    "readmitted": mark("Volvió al programa"),
}
TOLD: Final = {
    "session": mark("Mensaje sobre una sesión"),
    "progress": mark("Mensaje sobre su avance"),
    "referral": mark("Mensaje sobre un programa"),
    "survey_invitation": mark("Invitación a la Libreta"),
}
PURPOSES: Final = {
    "informed": mark("Sabe quién guarda sus datos y para qué"),
    "entities": mark("Sus datos pueden ir a la entidad"),
    "pictures": mark("Fotos"),
    "children": mark("Datos de sus niños"),
}

_WORDS: Final = {
    "family_status": STATUSES,
    "zone_name": ZONES,
    "relation_name": RELATIONS,
    "claimed": CLAIMED,
    "source_name": SOURCES,
    "verdict_name": VERDICTS,
    "goal_answer": ANSWERS,
    "news_kind": NEWS,
    "enrolment_step": STEPS,
    "told_of": TOLD,
    "consent_purpose": PURPOSES,
}


def furnish(app: Flask) -> None:
    """Give the templates of an application these words, each as a filter, and folios as they are printed."""
    app.jinja_env.filters["folio"] = folio.display
    for name, words in _WORDS.items():
        app.jinja_env.filters[name] = lambda code, words=words: gettext(words[code]) if code in words else code
