"""What `/metrics` tells: which process answered, so that of several that serve no counter seems to go back."""

import os

from tests.http.world import World


def test_each_answer_is_counted_for_the_process_that_gave_it(shared_world: World) -> None:
    client = shared_world.app.test_client()
    assert client.get("/healthz").status_code == 200
    counted = client.get("/metrics").text
    assert f'kura_http_requests_total{{method="GET",process="{os.getpid()}",route="/healthz",status="200"}}' in counted
    assert f'kura_http_seconds_count{{process="{os.getpid()}",route="/healthz"}}' in counted
