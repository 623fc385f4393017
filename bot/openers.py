"""Words that open a dialogue by themselves, wherever they are written or between dialogues. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.dialogues import (
    complaint,
    emergency,
    goals,
    grades,
    person,
    progress,
    radicado,
    referral_list,
    report,
    rights,
    session,
    who,
)
from bot.dialogues.machine import Context, Frame, Heard


@dataclass(frozen=True, slots=True)
class Opener:
    """Words that open a dialogue from outside it; `recognise` gives its first frame, or None.

    One that opens `anywhere` is heard before everything else, also in the middle of a survey; the others only where
    nothing is under way, or where what is under way does not understand what was said. A survey gives way only to one
    that `shows` something, or asks who writes: the others speak of what it may be asking about.
    """

    recognise: Callable[[str, Context], Frame | None]
    anywhere: bool = False
    shows: bool = False


OPENERS: tuple[Opener, ...] = (
    Opener(emergency.opened_by, anywhere=True),
    Opener(radicado.opened_by, anywhere=True),
    Opener(rights.opened_by, anywhere=True),
    Opener(complaint.opened_by, anywhere=True),
    Opener(person.opened_by, anywhere=True),
    Opener(referral_list.asked_for, anywhere=True),
    Opener(who.opened_by, shows=True),
    Opener(session.opened_by, shows=True),
    Opener(referral_list.told),
    Opener(progress.recognise, shows=True),
    Opener(grades.recognise, shows=True),
    Opener(goals.recognise, shows=True),
    Opener(session.changed_by),
    Opener(report.recognise),
)
"""In the order in which they are tried."""


def opened_by(heard: Heard, context: Context, *, anywhere: bool = False, shows: bool = False) -> Frame | None:
    """The dialogue that what was said opens by itself; with `shows`, only one that shows something."""
    openers = (each for each in OPENERS if each.anywhere is anywhere and (each.shows or not shows))
    frames = (opener.recognise(heard.text, context) for opener in openers)
    return next((frame for frame in frames if frame), None)
