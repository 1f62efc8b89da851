"""Load in a closed loop: each connection sends its next request as soon as the last one is answered."""

import http.client
import statistics
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

Call = tuple[str, bytes, dict[str, str]]
"""Path, body and headers of a POST."""
CREATED = 201
WARM_SECONDS = 3.0


@dataclass(frozen=True)
class Rate:
    """What came of one run: answers a second, and how long one took in ms."""

    a_second: float
    p50: float
    p95: float


def posted(port: int, call: Callable[[int, int], Call], *, connections: int, seconds: float) -> Rate:
    """POST `call(connection, number)` for `seconds` after a warm-up of 3; AssertionError for any answer but 201."""
    began = perf_counter() + WARM_SECONDS
    taken: list[float] = []
    refused: list[str] = []

    def run(connection: int) -> None:
        link, number = http.client.HTTPConnection("127.0.0.1", port, timeout=60), 0
        while (sent := perf_counter()) < began + seconds and not refused:
            path, body, headers = call(connection, number)
            link.request("POST", path, body, {"Content-Type": "application/json", **headers})
            answer = link.getresponse()
            content = answer.read()
            if answer.status != CREATED:
                refused.append(f"{answer.status}: {content[:300]!r}")
            elif sent >= began:
                taken.append(perf_counter() - sent)
            number += 1
        link.close()

    threads = [threading.Thread(target=run, args=(connection,)) for connection in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not refused, refused[0]
    cuts = statistics.quantiles(taken, n=20)
    return Rate(len(taken) / seconds, 1000 * statistics.median(taken), 1000 * cuts[-1])
