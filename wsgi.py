"""The web process: `gunicorn wsgi:app`; and the commands: `flask --app wsgi --help`."""

import os
import sys

from startup import create_app, create_commands

serving = os.environ.get("FLASK_RUN_FROM_CLI") != "true" or "run" in sys.argv
app = create_app() if serving else create_commands()
