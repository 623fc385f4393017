"""gunicorn's settings; it reads this file by itself where it is started in this folder."""

import gc
import os
import shutil
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from local import read_settings
from local.environment import var_folder

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

if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:  # where the processes leave their counters for `/metrics`
    _counters = var_folder(os.environ) / "metrics"
    shutil.rmtree(_counters, ignore_errors=True)
    _counters.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_counters)


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Take a dead process out of the gauges that all web processes share."""
    # Imported here: prometheus_client decides how to count when it is imported, by the variable that is set above.
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def post_worker_init(_worker: Worker) -> None:
    """What is loaded by now stays: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
