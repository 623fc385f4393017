"""`flask demo …`: a small invented pilot to try the service with."""

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from admin.services import services
from bot import demo
from bot.catalogue import Catalogue
from families.staff import Role

demo_commands = AppGroup("demo", help="Invented municipalities, families and staff to try the service with.")

ROLES = {
    Role.NATIONAL: "Coordinación nacional",
    Role.AUDITOR: "Auditoría",
    Role.ADMIN: "Administración del sistema",
    Role.UT: "Coordinación departamental (UT)",
    Role.ZONAL: "Coordinación zonal",
    Role.GESTOR: "Gestora social",
    Role.ENTITY: "Delegado de entidad",
}

GUIDE = """
Datos de demostración: 2.000 familias inventadas de cinco municipios, una ronda publicada y otra abierta.
(Demo data: 2,000 invented families in five municipalities, one published wave and one open.)

Qué probar:
  1. {url}/simulador  Elija un teléfono del 1 al {untouched}, escriba HOLA y conteste la Libreta.
     (Open the simulator, pick a phone from 1 to {untouched}, text HOLA and answer.)
     Por SMS o WhatsApp son los números {first} a {last}. Del {shared} en adelante, seis teléfonos
     son de dos familias.
  2. {url}/admin  Entre como «nacional», «ut.sucre» o «zonal.sincelejo» y mire las notas.
     (Log in and read the grades. Pages move in steps of several answers, so that nobody's can be told.)
  3. {url}/  La página pública, que solo muestra grupos de diez respuestas o más.
     (The public report card, which shows no group below ten answers.)
  4. .venv/bin/flask --app wsgi aggregates show --json  Las cifras completas, con su respuesta en segundos.
     (All figures for the operator, with your answer within seconds.)
  5. Escriba AYUDA, SALIR o ALTA en cualquier momento. (Help, leave, come back.)

Usuarios y contraseñas (logins and passwords):
"""


@demo_commands.command("load")
def load() -> None:
    """Load the demo into the database; does nothing if it is there."""
    wired = services()
    fresh = demo.load(wired.database, wired.cipher, Catalogue.read(), wired.settings.secret_key, datetime.now(UTC))
    click.echo("demo loaded" if fresh else "the demo is there already")


@demo_commands.command("guide")
def guide() -> None:
    """Print the logins of the demo and what to try."""
    wired = services()
    with wired.database.transaction() as connection:
        if not demo.loaded(connection, wired.cipher):
            raise click.ClickException("there are no demo data; load them with `demo load`")
    click.echo(
        GUIDE.format(
            url=wired.settings.public_url,
            untouched=demo.UNTOUCHED,
            first=demo.phone_number(1),
            last=demo.phone_number(demo.UNTOUCHED),
            shared=demo.phone_number(demo.UNTOUCHED + 1),
        ).strip()
    )
    for one in demo.logins(wired.settings.secret_key):
        click.echo(f"  {one.login:<18} {one.password:<36} {ROLES[one.role]}")
