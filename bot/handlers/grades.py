"""What was published of the place where a family lives."""

from collections.abc import Callable, Mapping
from typing import Any

from bot import register, results
from bot.desk import Desk
from bot.dialogues.grades import FindGrades, Published
from bot.dialogues.machine import Answer, Request
from bot.dialogues.survey import choice_label
from families import families, territory
from surveys import library, publications, waves
from surveys.disclosure import PublicFigure
from surveys.figures import GRADE
from surveys.form import Form

OURS = frozenset({"gestor", "municipio", "coordinacion"})
"""Those who are graded without being a choice of the form."""


def find(request: FindGrades, desk: Desk) -> Published:
    """The grades of the family's municipality in the last wave that was published for it."""
    family = families.get(desk.connection, request.family_id)
    if family is None or not register.serves(desk.connection, desk.contact_id, request.family_id):
        return Published()
    card = publications.latest(desk.connection, family.municipality)
    wave = waves.get(desk.connection, card.wave_id) if card else None
    if card is None or wave is None:
        return Published()
    form = library.load(desk.connection, wave.form_version_id)
    graded = {
        actor: figure
        for actor, figures in card.actors.items()
        if (figure := figures.get(GRADE)) is not None and (figure.mean is not None or figure.share is not None)
    }
    shown = [
        (results.rank(figure), _name(form, actor, request.language, desk), _written(figure, request.language, desk))
        for actor, figure in graded.items()
    ]
    drawn = any(figure.mean is not None for figure in graded.values())
    place = territory.municipality_names(desk.connection, [family.municipality])[family.municipality]
    return Published(
        place,
        tuple((name, mean) for _, name, mean in sorted(shown, key=lambda one: (-one[0], one[1]))),
        f"/grafico.png?ronda={wave.id}&territorio={family.municipality}" if drawn else "",
    )


def _name(form: Form, actor: str, language: str, desk: Desk) -> str:
    if actor in OURS:
        return desk.office.texts.text(f"grades.actor.{actor}", language)
    return choice_label(form, actor, language)


def _written(figure: PublicFigure, language: str, desk: Desk) -> str:
    texts = desk.office.texts
    if figure.mean is None:
        return texts.text("grades.nearly_all" if results.content(figure) else "grades.nearly_none", language)
    return results.mean(figure, texts, language)


HANDLERS: Mapping[type[Request], Callable[[Any, Desk], Answer | None]] = {FindGrades: find}
