"""Figures read from the folded rollups: never a recount, one range of the primary key a page."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, text

from surveys import library
from surveys.figures import Actor, Cells, Measure, Participation, ReportCard, Sums, figure, measures

_ROLLUPS = """
    SELECT territory, question, actor, category,
           sum(n)::bigint AS n, sum(weight)::float AS weight, sum(weight2)::float AS weight2,
           sum(total)::float AS total
    FROM rollups
    WHERE wave_id = :wave_id {territories} AND (:zone = '' OR zone = :zone)
      AND (:channel = '' OR channel = :channel OR question LIKE '#%')
    GROUP BY territory, question, actor, category
    HAVING sum(n) <> 0
"""
_SOME = text(_ROLLUPS.format(territories="AND territory = ANY(:territories)"))
_ALL = text(_ROLLUPS.format(territories=""))

_ASKED = text(
    """
    SELECT territory, question, category, sum(n)::bigint AS n FROM rollups
    WHERE wave_id = :wave_id AND question IN ('#codes', '#families') AND territory = ANY(:territories)
    GROUP BY territory, question, category
    """
)

# A response in which both questions were asked weighs as the one that was asked of fewer: draws are nested.
_BY_ANSWER = text(
    """
    WITH given AS (
        SELECT response, actor, question, value, weight FROM anonymous_answers
        WHERE wave_id = :wave_id AND counted = 'choice' AND question = ANY(:questions)
        UNION ALL
        SELECT r.id, a.actor, a.question, a.value, a.weight
        FROM responses r JOIN answers a ON a.response_id = r.id
        WHERE r.wave_id = :wave_id AND a.current AND a.counted = 'choice' AND a.question = ANY(:questions)
    )
    SELECT s.value AS part, g.actor, g.question, g.value AS category, count(*) AS n,
           sum(greatest(s.weight, g.weight))::float AS weight, sum(greatest(s.weight, g.weight) ^ 2)::float AS weight2
    FROM given s JOIN given g USING (response, actor)
    WHERE s.question = ANY(:splitting) AND g.question <> ALL(:splitting)
    GROUP BY s.value, g.actor, g.question, g.value
    """
)

_FORM = text("SELECT form_version_id FROM waves WHERE id = :wave_id")


def report_card(
    connection: Connection, wave_id: int, territory: str, *, zone: str = "", channel: str = ""
) -> ReportCard:
    """All figures of a wave in a territory ('' country, '11' department, '11001' municipality), unsuppressed.

    `zone` (urban, rural) narrows all of it, `channel` (sms, whatsapp) only the answers: families are invited,
    not numbers. Raises NoResultFound for a wave that does not exist.
    """
    parameters = {"wave_id": wave_id, "territories": [territory], "zone": zone, "channel": channel}
    found = connection.execute(_SOME, parameters).all()
    return _card(wave_id, territory, found, measured(connection, wave_id))


def report_cards(
    connection: Connection, wave_id: int, territories: Collection[str] | None = None
) -> Mapping[str, ReportCard]:
    """The report cards of these territories, or of all, by code; those without an invitation or an answer have none."""
    parameters = {"wave_id": wave_id, "zone": "", "channel": ""}
    if territories is None:
        found = connection.execute(_ALL, parameters)
    else:
        found = connection.execute(_SOME, parameters | {"territories": list(territories)})
    by_territory: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in found:
        by_territory[row.territory].append(row)
    known = measured(connection, wave_id)
    return {code: _card(wave_id, code, by_territory[code], known) for code in sorted(by_territory)}


def report_cards_by_answer(connection: Connection, wave_id: int, indicator: str) -> Mapping[str, ReportCard]:
    """Grades of a whole wave by what the same people answered about the same actor to another question.

    `indicator` names that question, a yes_no; the cards are by its answer and know scales only. Counts answers, not
    rollups: for publishing, not for a page.
    """
    known = measured(connection, wave_id)
    splitting = [name for name, measure in known.items() if (measure.indicator, measure.kind) == (indicator, "yes_no")]
    scales = [name for name, measure in known.items() if measure.kind == "scale"]
    parameters = {"wave_id": wave_id, "splitting": splitting, "questions": splitting + scales}
    found: dict[str, dict[tuple[str, str], dict[str, Sums]]] = defaultdict(lambda: defaultdict(dict))
    for row in connection.execute(_BY_ANSWER, parameters):
        found[row.part][row.actor, row.question][row.category] = Sums(row.n, row.weight, row.weight2)
    return {part: ReportCard(wave_id, "", rows(sums, known), Participation()) for part, sums in found.items()}


def cells(connection: Connection, wave_id: int, territories: Collection[str]) -> Mapping[str, Cells]:
    """The sums behind the figures of these territories, by code: actor and question → choice → sums."""
    parameters = {"wave_id": wave_id, "territories": list(territories), "zone": "", "channel": ""}
    found: dict[str, dict[tuple[str, str], dict[str, Sums]]] = defaultdict(lambda: defaultdict(dict))
    for row in connection.execute(_SOME, parameters):
        if not row.question.startswith("#"):
            sums = Sums(row.n, row.weight, row.weight2, row.total)
            found[row.territory][row.actor, row.question][row.category] = sums
    return found


def asked(connection: Connection, wave_id: int, territories: Collection[str]) -> Mapping[str, Participation]:
    """Who was invited and who took part in these territories, by code; unsuppressed."""
    rows = connection.execute(_ASKED, {"wave_id": wave_id, "territories": list(territories)})
    by_territory: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        by_territory[row.territory].append(row)
    return {code: _participation(found) for code, found in sorted(by_territory.items())}


def measured(connection: Connection, wave_id: int) -> Mapping[str, Measure]:
    """What each counted question of a wave measures. Raises NoResultFound for a wave that does not exist."""
    version = connection.execute(_FORM, {"wave_id": wave_id}).scalar_one()
    return measures(library.load(connection, version))


def rows(found: Cells, known: Mapping[str, Measure]) -> tuple[Actor, ...]:
    """The figures of these sums, by actor."""
    by_actor: dict[str, dict[str, Mapping[str, Sums]]] = defaultdict(dict)
    for (actor, question), sums in found.items():
        if question in known:
            by_actor[actor][question] = sums
    return tuple(_actor(actor, questions, known) for actor, questions in sorted(by_actor.items()))


def show(connection: Connection, wave_id: int | None = None) -> dict[str, Any]:
    """The operator's view of all waves, or of one, unsuppressed, ready for JSON. Never over HTTP.

    By wave, territory, actor and question: `n` respondents, their `counts` by choice, weighted `mean` and
    `share`.
    """
    waves = connection.execute(
        text(
            """
            SELECT id, name, territory, status, anonymous FROM waves
            WHERE CAST(:wave_id AS bigint) IS NULL OR id = :wave_id ORDER BY id
            """
        ),
        {"wave_id": wave_id},
    ).all()
    return {
        "waves": [
            {
                **wave._mapping,
                "territories": {code: _as_json(card) for code, card in report_cards(connection, wave.id).items()},
            }
            for wave in waves
        ]
    }


def lines(shown: Mapping[str, Any]) -> Iterator[str]:
    """What `show` gives, as lines of text for a terminal."""
    for wave in shown["waves"]:
        yield f"{wave['id']} {wave['name']} ({wave['status']})"
        for territory, card in wave["territories"].items():
            asked = card["participation"]
            yield f"  {territory or 'CO'}: {asked['started']} of {asked['invited']} families"
            for actor, questions in card["actors"].items():
                for question, found in questions.items():
                    yield f"    {actor or '-'} {question}: n={found['n']} {_summary(found)}"


def _summary(found: Mapping[str, Any]) -> str:
    counts = " ".join(f"{choice}:{n}" for choice, n in found["counts"].items())
    mean = "" if found["mean"] is None else f"mean={found['mean']:.2f} "
    return mean + counts


def _card(wave_id: int, territory: str, found: Sequence[Row[Any]], known: Mapping[str, Measure]) -> ReportCard:
    sums: dict[tuple[str, str], dict[str, Sums]] = defaultdict(dict)
    for row in found:
        sums[row.actor, row.question][row.category] = Sums(row.n, row.weight, row.weight2, row.total)
    return ReportCard(wave_id, territory, rows(sums, known), _participation(found))


def _actor(actor: str, questions: Mapping[str, Mapping[str, Sums]], known: Mapping[str, Measure]) -> Actor:
    figures = {
        measure.indicator: figure(measure, questions[name]) for name, measure in known.items() if name in questions
    }
    return Actor(actor, figures)


def _participation(rows: Iterable[Row[Any]]) -> Participation:
    n = {(row.question, row.category): row.n for row in rows if row.question.startswith("#")}
    events = ("invited", "unreachable", "started", "finished", "partial")
    return Participation(
        **{event: n.get(("#families", event), 0) for event in events},
        codes=n.get(("#codes", "invited"), 0),
        codes_started=n.get(("#codes", "started"), 0),
    )


def _as_json(card: ReportCard) -> dict[str, Any]:
    participation = card.participation
    return {
        "participation": {name: getattr(participation, name) for name in participation.__dataclass_fields__},
        "actors": {
            row.actor: {
                found.question: {
                    "indicator": found.indicator,
                    "n": found.n,
                    "effective_n": round(found.effective_n, 2),
                    "counts": dict(found.counts),
                    "mean": found.mean,
                    "unweighted": found.unweighted,
                    "share": found.share,
                }
                for found in row.figures.values()
            }
            for row in card.rows
        },
    }
