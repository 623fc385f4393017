"""PostgreSQL and Redis of the service's own, for a machine that has none.

Both arrive as wheels, live under `var/`, and are kept by a small process each (see `keeper`). `environment`
is the way in: it gives the settings a process needs, starting what is not running.
"""

from local.environment import environment, read_settings

__all__ = ["environment", "read_settings"]
