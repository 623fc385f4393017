"""The day of a gestora and that of a coordinator on the running service, in a real browser, on a phone and on a laptop.

Pictures are left in `var/screenshots/`, and no page may hold what people with disabilities could not use.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

import options
from db import Database
from messaging.contact_hours import BOGOTA
from settings import Settings
from tests.admin.conftest import window
from tests.admin.test_accessibility import findings
from tests.admin.test_browser import enter, look
from tests.end_to_end.conftest import Service
from tests.end_to_end.test_libreta import eventually
from tests.end_to_end.test_sessions import LOADED, whose

pytestmark = pytest.mark.browser

SECONDS = 30_000
"""Milliseconds for what the workers do."""


class Day:
    """Somebody at work in a browser; every page looked at is kept as a picture."""

    def __init__(self, page: Page, width: int, service: Service) -> None:
        self.page, self.width, self.service = page, width, service

    def look(self, name: str) -> None:
        look(self.page, f"day-{name}", self.width)
        assert findings(self.page) == [], name

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def told(self, words: str) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible(timeout=SECONDS)


class Gestora(Day):
    """What a gestora does between two visits, mostly on the phone."""

    def begins_with_today(self) -> None:
        self.page.goto("/admin/hoy")
        self.look("today")
        attended = self.page.get_by_role("button", name="Asistió", exact=True)
        if attended.count():
            attended.first.click()
            self.told("La asistencia quedó anotada")

    def looks_up_a_family(self) -> None:
        self.page.goto("/admin/familias/")
        self.page.get_by_label("Folio o nombre").fill("mar")
        self.press("Filtrar")
        self.look("families")
        self.page.locator("main tbody a").first.click()
        self.look("family")
        self.page.get_by_role("link", name="Lo que ha pasado").click()
        self.told("Quién la ha acompañado")
        self.look("family-history")

    def verifies_what_was_reached(self) -> None:
        self.page.goto("/admin/por-verificar")
        self.look("to-verify")
        self.page.get_by_role("button", name="Verificar").first.click()
        expect(self.page.get_by_role("status").first).to_be_visible()

    def plans_a_visit_and_takes_it_back(self) -> None:
        self.page.goto("/admin/sesiones/nueva")
        self.page.get_by_label("Tipo de sesión").select_option(label="Seguimiento")
        self.page.locator("input[name=familias]").first.check()
        day = datetime.now(BOGOTA).date() + timedelta(days=9 if self.width < 500 else 10)
        self.page.get_by_label("Día", exact=True).fill(day.isoformat())
        self.page.get_by_label("Hora", exact=True).fill("07:35")
        self.press("Ver el mensaje")
        self.told("¿Agendar y avisar?")
        self.look("visit-preview")
        self.press("Agendar y avisar")
        self.told("La sesión quedó en el calendario")
        self.look("calendar")
        self.press("Deshacer")
        self.told("Se deshizo: nadie recibió mensaje")
        self.page.goto("/admin/sesiones/recordar?dias=9")
        self.look("remind")

    def answers_a_letter(self) -> None:
        self.page.goto("/admin/conversaciones/")
        self.look("inbox")
        waiting = self.page.locator("main li.card a")
        if not waiting.count():  # the phone's day has answered it
            return
        waiting.first.click()
        self.page.get_by_label("Su respuesta").fill("Buenos días. Paso el jueves y lo miramos juntas.")
        self.look("letter")
        self.press("Enviar")
        self.told("Paso el jueves y lo miramos juntas")

    def looks_for_a_place(self) -> None:
        self.page.goto("/admin/programas/")
        self.page.get_by_role("link", name="Curso de cocina").click()
        self.page.get_by_role("link", name="Proponer a familias").click()
        self.page.get_by_role("checkbox").first.check()
        self.press("Ver el mensaje")
        expect(self.page.get_by_role("button", name="Enviar la oferta")).to_be_visible()
        self.look("offer")

    def sends_the_plan_of_the_year(self) -> None:
        self.page.goto("/admin/planes/nuevo")
        self.page.get_by_label("Año", exact=True).select_option(index=0 if self.width < 500 else 1)
        self.page.get_by_label("Qué se propone este año").fill("Una visita al mes a cada familia.")
        for quarter in ("De enero a marzo", "De abril a junio", "De julio a septiembre", "De octubre a diciembre"):
            self.page.get_by_label(quarter).fill("Visitas y dos encuentros comunitarios.")
        self.look("plan-new")
        self.press("Enviar a la coordinación")
        self.told("Plan enviado")


class Coordinator(Day):
    """What a zonal coordinator does before a council meeting."""

    def approves_a_plan(self) -> None:
        self.page.goto("/admin/planes/?orden=status")
        self.page.locator("main tbody a").last.click()
        self.look("plan")
        self.press("Aprobar")
        self.told("Plan aprobado")

    def gives_a_family_to_another_and_takes_it_back(self) -> None:
        self.page.goto("/admin/equipo/?orden=-name")
        self.look("team")
        self.page.locator("main tbody a").first.click()
        self.page.get_by_role("checkbox").first.check()
        self.page.get_by_label("Pasan a").select_option(index=1)
        self.look("assignment")
        self.press("Pasar familias")
        self.look("assignment-sure")
        self.press("Sí, pasarlas")
        self.told("1 familia pasó a")
        self.press("Deshacer")
        self.told("1 familia pasó a")

    def looks_after_a_programme(self) -> None:
        self.page.goto("/admin/programas/")
        self.page.get_by_role("link", name="Curso de cocina").click()
        self.look("programme")
        self.press("Guardar")
        self.told("Ahora son")

    def sends_a_campaign(self) -> None:
        """To the families of one gestora: seen first, undone, begun, paused, stopped."""
        self.page.goto("/admin/campanas/audiencias/nueva")
        name = f"Brigada {self.width}"
        self.page.get_by_label("Nombre").fill(name)
        self.page.get_by_label("Lugares").select_option(label="Sincelejo")
        self.page.get_by_label("Que acompaña").select_option(label="Yaneth Palacios")
        self.press("Guardar y contar")
        self.told("en este momento")
        self.look("audience")
        self.page.goto("/admin/campanas/nueva?tipo=announcement")
        self.page.get_by_label("Nombre de la campaña").fill(name)
        self.page.get_by_label("Audiencia").select_option(label=name)
        self.page.get_by_label("Texto en español").fill("El jueves hay brigada de salud en el parque, de ocho a doce.")
        self.press("Guardar y ver la vista previa")
        self.told("Cómo se ve y cuánto cuesta")
        self.look("campaign-preview")
        self.press("Empezar")
        self.told("Empieza el")
        self.look("campaign-planned")
        self.page.get_by_role("button", name="Deshacer").first.click()
        self.told("Se deshizo")
        self.press("Empezar")
        self.told("Empieza el")
        self.minute_goes_by(int(self.page.url.rsplit("/", 1)[1]))
        self.told("or salir")
        self.page.reload()
        self.look("campaign-running")
        self.press("Pausar")
        self.told("En pausa")
        self.look("campaign-paused")
        self.press("Parar")
        self.press("Sí, parar")
        self.told("Parada")
        self.told("Convocadas")
        self.look("campaign-stopped")

    def minute_goes_by(self, campaign_id: int) -> None:
        """The minute in which a start can be undone."""
        with psycopg.connect(self.service.env["DATABASE_URL"].replace("+psycopg", "")) as connection:
            connection.execute("UPDATE campaigns SET starts_at = now() WHERE id = %s", [campaign_id])

    def follows_the_wave(self) -> None:
        self.page.goto("/admin/rondas/")
        self.page.get_by_role("link", name="Libreta de la segunda ronda").click()
        self.told("Participación por municipio")
        self.look("wave")
        self.page.goto("/admin/senales/")
        self.look("signals")

    def answers_a_complaint(self) -> None:
        self.page.goto("/admin/pqr/?estado=received")
        self.look("complaints")
        self.page.locator("main tbody a").first.click()
        self.page.get_by_label("Respuesta", exact=True).fill("Ya hablamos con la entidad: la esperan el lunes a las 8.")
        self.look("complaint")
        self.press("Responder")
        self.told("Respuesta guardada")

    def takes_up_an_obstacle(self) -> None:
        self.page.goto("/admin/nudos/nuevo")
        self.page.get_by_label("Qué pasa").fill("No hay transporte a las veredas los martes")
        self.page.get_by_label("Qué se ha hecho").fill("Se pidió a la alcaldía; no contesta.")
        self.press("Anotar")
        self.told("Nudo anotado")
        self.page.get_by_label("Qué se hizo o qué falta").fill("Se lleva al departamento.")
        self.press("Subir a Departamento")
        self.told("Se subió de nivel")
        self.look("obstacle")

    def attends_to_a_notice(self) -> None:
        self.page.goto("/admin/avisos/")
        self.look("notices")
        waiting = self.page.get_by_label("Qué pasó")
        if waiting.count():
            waiting.first.select_option(index=1)
            self.page.get_by_role("button", name="Atendido").first.click()
            expect(self.page.get_by_role("status")).to_be_visible()

    def keeps_a_promise(self) -> None:
        self.page.goto("/admin/compromisos/nuevo")
        for label, words in {
            "Qué dijeron las familias": "En el puesto de salud no hay citas.",
            "Qué se hará": "Dos tardes más de consulta a la semana.",
            "Quién responde": "Secretaría de Salud",
        }.items():
            self.page.get_by_label(label).fill(words)
        self.page.get_by_label("Para cuándo").fill((datetime.now(BOGOTA).date() + timedelta(days=60)).isoformat())
        self.look("promise-new")
        self.press("Anotar")
        self.page.get_by_role("heading", name="Poner al día").wait_for()
        self.page.get_by_label("Qué pasó").fill("Hay consulta martes y jueves por la tarde.")
        self.page.get_by_label("Estado").select_option(index=1)
        self.press("Guardar")
        self.told("Cambio guardado")
        self.look("promise")


@contextmanager
def campaigns_wait(service: Service) -> Iterator[None]:
    """Campaigns leave at another hour than now, so that one is still under way when somebody pauses it."""
    now = datetime.now(BOGOTA)
    another = (time(7), time(7, 1)) if now.hour >= 8 else (time(18, 59), time(19))
    set_bulk_hours(service, another, options.CLOSED, now)
    yield
    set_bulk_hours(service, options.BULK_WEEKDAY_HOURS.default, options.BULK_SATURDAY_HOURS.default, now)


def set_bulk_hours(service: Service, weekdays: options.Hours, saturdays: options.Hours, now: datetime) -> None:
    database = Database(Settings.read(service.env).database_url)
    with database.transaction() as connection:
        options.change(connection, options.BULK_WEEKDAY_HOURS, weekdays, None, now)
        options.change(connection, options.BULK_SATURDAY_HOURS, saturdays, None, now)
    database.close()


@pytest.mark.parametrize("width", [pytest.param(360, id="phone"), pytest.param(1280, id="laptop")])
def test_the_days_of_a_gestora_and_of_her_coordinator(chromium: Browser, service: Service, width: int) -> None:
    assert eventually(lambda: whose(service, service.phone(1)) is not None, LOADED), "the demo is not there"
    secret = service.env["SECRET_KEY"]
    with window(chromium, service.url, width) as page:
        enter(page, "gestor.sincelejo3", secret)
        gestora = Gestora(page, width, service)
        gestora.begins_with_today()
        gestora.looks_up_a_family()
        gestora.verifies_what_was_reached()
        gestora.plans_a_visit_and_takes_it_back()
        gestora.answers_a_letter()
        gestora.looks_for_a_place()
        gestora.sends_the_plan_of_the_year()
    with campaigns_wait(service), window(chromium, service.url, width) as page:
        enter(page, "zonal.sincelejo", secret)
        coordinator = Coordinator(page, width, service)
        coordinator.approves_a_plan()
        coordinator.gives_a_family_to_another_and_takes_it_back()
        coordinator.looks_after_a_programme()
        coordinator.sends_a_campaign()
        coordinator.follows_the_wave()
        coordinator.answers_a_complaint()
        coordinator.takes_up_an_obstacle()
        coordinator.attends_to_a_notice()
        coordinator.keeps_a_promise()
