"""Is the service up, is it ready, and how much does it do: for load balancers and monitoring. No personal data."""

import os
import time
from typing import Final

import redis
from flask import Blueprint, Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from admin.permission import anyone
from admin.security import REDIS_TIMEOUT
from admin.services import services
from bell import connect

REQUESTS: Final = Counter("http_requests_total", "Requests answered.", ("endpoint", "method", "status"))
SECONDS: Final = Histogram(
    "http_request_seconds",
    "Time to answer a request.",
    ("endpoint",),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)

health = Blueprint("health", __name__)


def measure(app: Flask) -> None:
    """Count and time every request by its endpoint; unknown paths count as one."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        endpoint = request.endpoint or "unknown"
        REQUESTS.labels(endpoint, request.method, response.status_code).inc()
        if "started" in g:
            SECONDS.labels(endpoint).observe(time.perf_counter() - g.started)
        return response


@health.get("/healthz")
@anyone
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return "ok\n", {"Content-Type": "text/plain; charset=utf-8"}


@health.get("/readyz")
@anyone
def readyz() -> ResponseReturnValue:
    """PostgreSQL answers, else 503. Without Redis the service is slower to tell and still right: «degraded»."""
    database_up = services().database.answers()
    report = {
        "postgresql": "up" if database_up else "down",
        "redis": "up" if redis_answers(services().settings.redis_url) else "degraded",
    }
    response = jsonify(report)
    response.status_code = 200 if database_up else 503
    return response


@health.get("/metrics")
@anyone
def metrics() -> ResponseReturnValue:
    """Counters in Prometheus' text format, of all web processes where `PROMETHEUS_MULTIPROC_DIR` names their folder."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), {"Content-Type": CONTENT_TYPE_LATEST}


def redis_answers(url: str) -> bool:
    """Whether Redis answers within a blink."""
    client = connect(url, timeout=REDIS_TIMEOUT)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
