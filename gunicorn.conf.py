"""gunicorn's settings; it reads this file by itself where it is started in this folder."""

from pathlib import Path

from local import read_settings

_settings = read_settings()

bind = f"{_settings.host}:{_settings.port}"
worker_class = "gthread"
workers = _settings.web_processes
threads = _settings.web_threads
preload_app = False  # connections and locks belong to one process each
timeout = 30
graceful_timeout = 8  # a turn takes milliseconds
keepalive = 15
control_socket_disable = True  # the supervisor is in charge
errorlog = "-"
loglevel = "warning"
if Path("/dev/shm").is_dir():
    worker_tmp_dir = "/dev/shm"  # a heartbeat on a busy disk can miss its time
