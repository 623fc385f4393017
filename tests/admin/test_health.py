"""What load balancers and monitoring ask."""

import time
from dataclasses import replace

from flask.testing import FlaskClient
from sqlalchemy import text

from db import Database
from startup import Services, create_app


def test_a_live_process_says_so(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"


def test_ready_with_both_servers(client: FlaskClient) -> None:
    assert client.get("/readyz").json == {"postgresql": "up", "redis": "up"}


def test_not_ready_without_postgresql_and_quick_to_say_so(services: Services) -> None:
    services.settings = replace(services.settings, database_url="postgresql+psycopg://nobody:x@127.0.0.1:1/nothing")
    client = create_app(services).test_client()
    started = time.monotonic()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"postgresql": "down", "redis": "up"})
    assert client.get("/").status_code == 503
    assert time.monotonic() - started < 2


def test_pages_go_on_when_postgresql_comes_back(client: FlaskClient, services: Services) -> None:
    """A restart cuts every connection; who asks next notices nothing."""
    assert client.get("/").status_code == 200
    elsewhere = Database(services.settings.database_url)
    with elsewhere.transaction() as connection:
        cut = connection.scalars(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        ).all()
    elsewhere.close()
    assert cut
    assert client.get("/").status_code == 200


def test_ready_without_redis_since_it_is_only_a_bell(services: Services) -> None:
    services.settings = replace(services.settings, redis_url="redis://127.0.0.1:1/0")
    answer = create_app(services).test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"postgresql": "up", "redis": "degraded"})


def test_metrics_count_requests_by_page_and_name_nobody(client: FlaskClient) -> None:
    client.get("/healthz")
    client.get("/admin/entrar?next=/admin/573000000001")
    metrics = client.get("/metrics").text
    assert 'http_requests_total{endpoint="health.healthz",method="GET",status="200"}' in metrics
    assert "573000000001" not in metrics
