"""`python -m tests.local_twilio [PORT]`: prints the address it listens on, then serves until it is killed."""

import asyncio
import sys

from tests.local_twilio.server import serve

asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
