"""How the figures that staff see of a wave under way move: in steps behind which stand enough people. Pure.

Two looks at a figure differ by the people who answered in between. So a figure only moves by ten or more respondents
who did not all answer alike, and what is shown stays one such step behind what is known: when the wave is published,
whole, the difference is again made of ten or more. Departments and the country are sums of what is shown of their
municipalities, never of what is known, so that they add nothing by which to tell the rest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from surveys import disclosure
from surveys.disclosure import PublicFigure
from surveys.figures import Cells, Measure, Sums, figure
from surveys.suppression import Group, Showing

STEP = 10


@dataclass(frozen=True, slots=True)
class Municipality:
    """What is shown of a municipality, and what will be once enough people stand behind the step after it."""

    shown: Cells = field(default_factory=dict)
    following: Cells = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Department:
    """What is shown of a department, and what in it comes of municipalities whose own figures are only bounds."""

    shown: Cells = field(default_factory=dict)
    rest: Cells = field(default_factory=dict)


def advance(now: Cells, before: Municipality, known: Mapping[str, Measure], minimum: int) -> Municipality:
    """Where a municipality's figures stand, given all that is known of it `now`.

    What follows on the answers to another question waits until those are shown whole: how many answer it tells them.
    """
    shown, following = dict(before.shown), dict(before.following)
    for key, sums in now.items():
        measure = known.get(key[1])
        if (
            measure is None
            or key[0] in disclosure.SMALL_TEAMS
            or not _may_follow(measure, key[0], before, known, minimum)
        ):
            continue
        if key not in following:
            if _group(measure, sums, sums).n >= minimum:
                following[key] = sums
        elif _is_step(measure, following[key], sums, minimum):
            shown[key], following[key] = following[key], sums
    return Municipality(shown, following)


def total(parts: Iterable[Cells], before: Department, known: Mapping[str, Measure], minimum: int) -> Department:
    """Where a department's figures stand, given what is shown of its municipalities."""
    sums: dict[tuple[str, str], list[Mapping[str, Sums]]] = {}
    for cells in parts:
        for key, one in cells.items():
            sums.setdefault(key, []).append(one)
    shown, rest = dict(before.shown), dict(before.rest)
    for key, listed in sums.items():
        measure = known[key[1]]
        bounded = [one for one in listed if not _group(measure, one, one).safe(minimum)]
        unsaid = together(bounded)
        if _may_be_told(measure, rest.get(key, {}), unsaid, len(bounded), minimum):
            shown[key], rest[key] = together(listed), unsaid
    return Department(shown, rest)


def country(
    departments: Iterable[tuple[Department, Iterable[Cells]]], known: Mapping[str, Measure], minimum: int
) -> Cells:
    """The sum of what is shown of departments, or of their municipalities where a department's total is not."""
    sums: dict[tuple[str, str], list[Mapping[str, Sums]]] = {}
    for department, municipalities in departments:
        for key, one in department.shown.items():
            sums.setdefault(key, []).append(one)
        for cells in municipalities:
            for key, one in cells.items():
                if key not in department.shown and _group(known[key[1]], one, one).safe(minimum):
                    sums.setdefault(key, []).append(one)
    return {key: together(listed) for key, listed in sums.items()}


def actors(shown: Cells, known: Mapping[str, Measure], minimum: int) -> Mapping[str, Mapping[str, PublicFigure | None]]:
    """What is shown, written as it may be seen: by actor and indicator."""
    found: dict[str, dict[str, PublicFigure | None]] = {}
    for (actor, question), sums in sorted(shown.items()):
        measure = known[question]
        how = Showing.WHOLE if _group(measure, sums, sums).safe(minimum) else Showing.BOUNDED
        found.setdefault(actor, {})[measure.indicator] = disclosure.public_figure(figure(measure, sums), how)
    return found


def together(parts: Iterable[Mapping[str, Sums]]) -> Mapping[str, Sums]:
    """The sums of several groups of people, by choice."""
    found: dict[str, Sums] = {}
    for sums in parts:
        for choice, one in sums.items():
            found[choice] = found.get(choice, Sums()) + one
    return found


def _may_follow(measure: Measure, actor: str, before: Municipality, known: Mapping[str, Measure], minimum: int) -> bool:
    """Whether everything on whose answers a question follows is shown whole."""
    told = [
        (one, before.shown.get((actor, one.question), {})) for one in known.values() if one.indicator in measure.after
    ]
    return all(_group(one, sums, sums).safe(minimum) for one, sums in told)


def _is_step(measure: Measure, before: Mapping[str, Sums], after: Mapping[str, Sums], minimum: int) -> bool:
    """Whether those who answered in between may be known: enough of them, and of more than one mind.

    Where nearly all have answered alike so far, only bounds are shown, and they tell of nobody in between.
    """
    everybody = _group(measure, after, before)
    between = everybody - _group(measure, before, after)
    return between.n >= STEP and (between.safe(STEP) or not everybody.safe(minimum))


def _may_be_told(
    measure: Measure, before: Mapping[str, Sums], now: Mapping[str, Sums], municipalities: int, minimum: int
) -> bool:
    """Whether a total may tell of those in it whose own figures are only bounds, and of how they changed."""
    group = _group(measure, now, before)
    moved = group - _group(measure, before, now)
    gone = Group(-moved.n, tuple(-count for count in moved.counts))
    fit = group.n == 0 or (municipalities > 1 and group.safe(minimum))
    return fit and (moved == gone or moved.safe(STEP) or gone.safe(STEP))


def _group(measure: Measure, sums: Mapping[str, Sums], other: Mapping[str, Sums]) -> Group:
    """The respondents behind these sums, counted by the choices of both."""
    return disclosure.group(figure(measure, sums), {choice for choice in {*sums, *other} if choice})
