"""
Prometheus metrics of this process: requests by route and status; the desk's own figures are read at scrape.

Several processes serve, and a scrape reaches one of them: each says which it is, so that no counter seems to go back
and their rates can be added.
"""

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

REGISTRY = CollectorRegistry()
REQUESTS = Counter("kura_http_requests", "Answers given", ["process", "route", "method", "status"], registry=REGISTRY)
SECONDS = Histogram("kura_http_seconds", "Seconds until an answer began", ["process", "route"], registry=REGISTRY)


def text(*more: Collector) -> Response:
    """The metrics as Prometheus reads them, with collectors that look at the database just now."""
    found = generate_latest(REGISTRY)
    for collector in more:
        registry = CollectorRegistry()
        registry.register(collector)
        found += generate_latest(registry)
    return Response(found, content_type=CONTENT_TYPE_LATEST)


def install(app: Flask) -> None:
    """Count every answer of `app`; routes are named by their rule, so that no id becomes a label."""

    @app.before_request
    def _begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def _count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        process = str(os.getpid())
        REQUESTS.labels(process, route, request.method, str(response.status_code)).inc()
        if "began" in g:
            SECONDS.labels(process, route).observe(time.perf_counter() - g.began)
        return response
