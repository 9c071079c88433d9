"""The example hook of deployer-ecs-codedeploy: deployed, called by CodeDeploy, and answering as it must."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from generator.emulator.trial import deployment
from tests.emulator.hooks import example, give
from tests.emulator.people import Stack, deployed, pushed, run

pytestmark = pytest.mark.slow


@contextmanager
def serving(status: int) -> Iterator[str]:
    """A page that answers with this status."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/health"
        server.shutdown()


@pytest.fixture(scope="module")
def services() -> Iterator[Stack]:
    """pipeline-ecs-codedeploy."""
    with deployed("pipeline-ecs-codedeploy") as stack:
        yield stack


@pytest.mark.parametrize(("status", "error"), [(200, ""), (503, "said Failed")])
def test_new_tasks_are_tested_before_users_reach_them(services: Stack, status: int, error: str) -> None:
    """The page of the test listener decides."""
    with serving(status) as url:
        outputs = deployment.deploy(services.trial.cloud, "hook", example("ecs-codedeploy-hook"), {"Url": url})
        give(services, "deployer-ecs-codedeploy", outputs)
        push = pushed(services, f"page {status}")
    errors = [each.error for each in run(push).failures]
    assert bool(error) == bool(errors)
    assert all(f"orders-test-traffic {error}" in each for each in errors)
