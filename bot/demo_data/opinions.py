"""What invented families answer in the Libreta, after the qualities given in `pilot.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from bot.demo_data import data

WAITS = {"dia": 5.0, "semana": 4.0, "mes": 3.0, "mas": 2.0, "sigo": 1.0}
"""The grade that goes with each waiting time."""

REASONS = {"demora": 5, "cupo": 4, "papeles": 3, "trato": 2, "lejos": 2, "otro": 1}
"""How often each problem is named."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """How one family answers. `quality` lifts or lowers all grades of its municipality."""

    quality: float
    random: Random

    def answer(self, question: str, answers: Mapping[str, str]) -> str | None:
        """The value for a question of the Libreta, given the answers so far; None leaves it blank."""
        match question:
            case "usa":
                return self._used()
            case "nota_programa" | "facilidad" | "trato" | "informacion":
                return self._grade(self._programme(answers)["grade"])
            case "espera":
                wanted = float(self._grade(self._programme(answers)["grade"]))
                return min(WAITS, key=lambda wait: abs(WAITS[wait] - wanted))
            case "problema":
                return self._yes(self._programme(answers)["problem"] - 0.15 * self.quality)
            case "cual":
                return self.random.choices(list(REASONS), weights=list(REASONS.values()))[0]
            case "resuelto":
                return self._yes(0.35 + 0.2 * self.quality)
            case "pago":
                return self._yes(self._programme(answers)["payment"])
            case "visita":
                return self._yes(0.8 + 0.2 * self.quality)
            case "nota_gestor" | "nota_municipio" | "nota_coordinacion":
                return self._grade(data("pilot")["grades"][question.removeprefix("nota_")])
            case "comentario":
                return self._comment(answers)
        return None

    def _used(self) -> str:
        programmes = data("pilot")["programmes"]
        used = [name for name, programme in programmes.items() if self.random.random() < programme["use"]]
        return " ".join(used) or "ninguno"

    def _programme(self, answers: Mapping[str, str]) -> dict[str, Any]:
        programme: dict[str, Any] = data("pilot")["programmes"][answers["programa"]]
        return programme

    def _grade(self, mean: float) -> str:
        return str(min(5, max(1, round(self.random.gauss(mean + self.quality, 0.95)))))

    def _yes(self, probability: float) -> str:
        return "si" if self.random.random() < probability else "no"

    def _comment(self, answers: Mapping[str, str]) -> str | None:
        if self.random.random() < 0.6:
            return None
        comments: dict[str, list[str]] = data("pilot")["comments"]
        return self.random.choice(comments[answers.get("nota_programa") or "3"])
