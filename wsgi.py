"""The web process: `gunicorn wsgi:app`; and the commands: `flask --app wsgi --help`."""

import os
import sys

from startup import create_app

# `flask --app wsgi surveys check` and its like need no settings; only what serves pages wires everything at once.
serving = os.environ.get("FLASK_RUN_FROM_CLI") != "true" or "run" in sys.argv
app = create_app(pages=serving)
