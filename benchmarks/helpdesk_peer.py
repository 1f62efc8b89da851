"""The peer of `filing_beside_helpdesk`: django-helpdesk in an environment of its own, with a site of a few lines."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx

from benchmarks.closed_loop import Call
from benchmarks.databases import PostgreSQL, copied

PACKAGES = ("django-helpdesk==2.6.1", "gunicorn", "psycopg[binary]")
PROCESSES = 2
NAME = "helpdesk"
CSRF = "c" * 32
QUEUES = 5

# SQLite as durable as Kura's, and with writers that wait for each other instead of failing.
SETTINGS = """\
import json, os
SECRET_KEY, DEBUG, ALLOWED_HOSTS, USE_TZ = "benchmark", False, ["127.0.0.1"], True
INSTALLED_APPS = [*(f"django.contrib.{app}" for app in (
    "admin", "auth", "contenttypes", "sessions", "messages", "staticfiles", "sites", "humanize")),
    "helpdesk", "rest_framework"]
MIDDLEWARE = [f"django.{part}Middleware" for part in (
    "contrib.sessions.middleware.Session", "middleware.common.Common", "middleware.csrf.CsrfView",
    "contrib.auth.middleware.Authentication", "contrib.messages.middleware.Message")]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                           "django.contrib.messages.context_processors.messages"]}}]
ROOT_URLCONF, SITE_ID, STATIC_URL, DEFAULT_AUTO_FIELD = "peer_urls", 1, "/static/", "django.db.models.AutoField"
HELPDESK_TEAMS_MODE_ENABLED, LOGIN_URL, LOGIN_REDIRECT_URL = False, "helpdesk:login", "helpdesk:home"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DATABASES = {"default": json.loads(os.environ["PEER_DATABASE"])}
"""
URLS = """\
from django.urls import include, path
urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
"""
SEED = """\
import json, sys
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from helpdesk.models import Queue, Ticket
agent = get_user_model().objects.create_superuser("agent", "agent@example.com", "benchmark")
queues = [Queue.objects.create(title=f"Queue {n}", slug=f"queue{n}") for n in range(QUEUES)]
lines = map(json.loads, open(STOCK, encoding="utf-8"))
tickets = [
    Ticket(title=line["subject"], description=line["body"], queue=queues[n % QUEUES], status=4, priority=3,
           submitter_email="nurse@example.com", secret_key=str(n)) for n, line in enumerate(lines)]
Ticket.objects.bulk_create(tickets, batch_size=500)
client = Client()
client.force_login(agent)
print(client.cookies["sessionid"].value)
"""


class Helpdesk:
    """django-helpdesk on SQLite, or on a PostgreSQL: installed, filled, and started anew for each round."""

    def __init__(self, folder: Path, port: int, server: PostgreSQL | None) -> None:
        self.folder, self.port, self._server = folder, port, server
        self._bin = folder / "environment" / "bin"
        self._session = ""
        self._process: subprocess.Popen[bytes] | None = None

    def install(self) -> str:
        """Make the environment where there is none; returns what was installed."""
        if not (self._bin / "gunicorn").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            subprocess.run([sys.executable, "-m", "venv", str(self._bin.parent)], check=True)
            subprocess.run([str(self._bin / "pip"), "install", "-qq", *PACKAGES], check=True)
        listed = subprocess.run([str(self._bin / "pip"), "freeze"], capture_output=True, text=True, check=True).stdout
        wanted = ("django==", "django-helpdesk==", "gunicorn==", "djangorestframework==")
        return " ".join(line for line in listed.split() if line.lower().startswith(wanted))

    def fill(self, stock: Path) -> None:
        """Tables, an agent who is signed in, and a ticket for each line of `stock`."""
        place = self.folder / "stock"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        (place / "peer_settings.py").write_text(SETTINGS, encoding="utf-8")
        (place / "peer_urls.py").write_text(URLS, encoding="utf-8")
        if self._server:
            self._server.create(f"{NAME}_stock")
        self._run("stock", "migrate", "--verbosity", "0")
        code = f"QUEUES, STOCK = {QUEUES}, {str(stock.absolute())!r}\n{SEED}"
        self._session = self._run("stock", "shell", "--verbosity", "0", "--command", code).split()[-1]

    def start(self) -> None:
        """A server over a fresh copy of what was filled."""
        place = copied(self.folder, self._server, NAME)
        command = ["-w", str(PROCESSES), "-b", f"127.0.0.1:{self.port}", "django.core.wsgi:get_wsgi_application()"]
        with (self.folder / "peer.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._bin / "gunicorn"), *command],
                cwd=place,
                env=self._environment("round"),
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/login/", timeout=20).raise_for_status()
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"the peer did not come up; its log is {self.folder / 'peer.log'}")

    def call(self, _connection: int, number: int, line: dict[str, str]) -> Call:
        """The agent's own form of filing over the API."""
        ticket = {
            "queue": number % QUEUES + 1,
            "title": line["subject"],
            "description": line["body"],
            "submitter_email": "nurse@example.com",
            "priority": 3,
            "status": 1,
            "resolution": "",
        }
        headers = {"Cookie": f"sessionid={self._session}; csrftoken={CSRF}", "X-CSRFToken": CSRF}
        return "/api/tickets/", json.dumps(ticket).encode(), headers

    def stop(self) -> None:
        """End the server and forget what it was told."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=30)
        if self._server:
            self._server.drop(f"{NAME}_round")

    def _run(self, place: str, *arguments: str) -> str:
        command = [str(self._bin / "python"), "-m", "django", *arguments]
        done = subprocess.run(
            command, cwd=self.folder / place, env=self._environment(place), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def _environment(self, place: str) -> dict[str, str]:
        own = {
            "DJANGO_SETTINGS_MODULE": "peer_settings",
            "PYTHONPATH": ".",
            "PEER_DATABASE": json.dumps(self._database(place)),
        }
        return {**os.environ, **own}

    def _database(self, place: str) -> dict[str, object]:
        if self._server:
            return {
                "ENGINE": "django.db.backends.postgresql",
                "CONN_MAX_AGE": 600,
                **self._server.parts(f"{NAME}_{place}"),
            }
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": "peer.sqlite3",
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }
