"""Invented households: who lives together, how old they are, how they live."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from bot.demo_data import data
from families.families import NewFamily, NewMember, Relation, Zone

DISPLACED = 0.66
"""Share of the families of the pilot that were displaced by violence."""


@dataclass(frozen=True, slots=True)
class DemoFamily:
    """A family and whether it has a phone of its own."""

    family: NewFamily
    phone: bool


def households(
    municipality: Mapping[str, Any], places: Mapping[Zone, Sequence[str]], today: date, random: Random
) -> Iterator[DemoFamily]:
    """The families of one municipality of `pilot.toml`; `places` are codes of populated places by zone."""
    for _ in range(municipality["families"]):
        zone = Zone.RURAL if random.random() < municipality["rural"] else Zone.URBAN
        family = _family(municipality["code"], zone, random.choice(places[zone]), today, random)
        yield DemoFamily(family, random.random() >= municipality["without_phone"])


def _family(municipality: str, zone: Zone, place: str, today: date, random: Random) -> NewFamily:
    farms = zone is Zone.RURAL and random.random() < 0.6
    return NewFamily(
        municipality=municipality,
        zone=zone,
        place=place,
        members=tuple(_people(today, random)),
        displaced=random.random() < DISPLACED,
        farms=farms,
        owns_land=farms and random.random() < 0.4,
        legal_need=random.random() < 0.08,
    )


def _people(today: date, random: Random) -> Iterator[NewMember]:
    surnames = data("names")["surnames"]
    his, hers = random.sample(surnames, 2)
    age = random.randint(20, 58)
    sex = "female" if random.random() < 0.68 else "male"
    alone = random.random() < 0.45
    yield _person(Relation.HEAD, sex, age, (his, hers), today, random)
    if not alone:
        other = "male" if sex == "female" else "female"
        surname = (random.choice(surnames), random.choice(surnames))
        yield _person(Relation.PARTNER, other, max(18, age + random.randint(-5, 7)), surname, today, random)
    for _ in range(random.choices(range(6), weights=(6, 18, 30, 24, 14, 8))[0]):
        child = random.randint(0, min(age - 16, 21))
        yield _person(Relation.CHILD, random.choice(("female", "male")), child, (his, hers), today, random)
    if random.random() < 0.15:
        surname = (his, random.choice(surnames))
        yield _person(Relation.PARENT, "female", min(age + 25, 90), surname, today, random)


def _person(
    relation: Relation, sex: str, age: int, surnames: tuple[str, str], today: date, random: Random
) -> NewMember:
    names = data("names")
    given = random.choice(names["women" if sex == "female" else "men"])
    born = today - timedelta(days=int(age * 365.25) + random.randrange(1, 360))
    person = NewMember(
        name=f"{given} {' '.join(surnames)}",
        sex=sex,
        relation=relation,
        birth_date=born,
        document=_document(age, random),
        disability=random.random() < 0.05,
        grade=min(max(age - 6, 0), random.randint(3, 11)) if age >= 7 else None,
    )
    if sex == "female" and 17 <= age <= 40 and random.random() < 0.05:
        return replace(person, pregnant=True)
    return person


def _document(age: int, random: Random) -> str | None:
    """A document number of a range that was never issued (9 digits that begin with 0), or none at all."""
    if random.random() < 0.07:
        return None
    kind = "RC" if age < 7 else "TI" if age < 18 else "CC"
    return f"{kind} 0{random.randrange(10**8):08}"
