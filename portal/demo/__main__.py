"""`make demo`: makes a home that looks lived in, runs the main job through it, and stays up to be tried."""

import json
import os
import platform
import shutil
import signal
import sys
import time
from pathlib import Path

import tomli_w

from portal.demo import history, names, prices
from portal.demo.callers import Refused, kura
from portal.demo.server import Server
from portal.demo.story import tell
from portal.demo.telling import Story
from vault.base import clock

FOLDER = Path("demo-home")
MINUTES = 1
SETTINGS = """\
# The demo's home: no second factor, and one click signs in as anyone, from this machine alone.
[people]
totp_required = false

[demo]
enabled = true
"""


def main() -> int:
    """Exit status 0 when every step held and nothing was lost."""
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _say_what_comes()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    server = Server(FOLDER.absolute() / "home")
    try:
        story = _lived_in(server)
        counted = tell(story)
        seconds = round(time.monotonic() - began)
        story.keep(counted)
        print(f"\nacknowledged {counted['acknowledged']}, lost {counted['lost']}, doubled {counted['doubled']}")
        print(f"all in {seconds} s")
        if counted["lost"] or counted["doubled"]:
            return 1
        if os.environ.get("STAY", "1") != "0":
            print(f"\nOpen {server.url}/demo — Ctrl-C ends it.", flush=True)
            server.wait()
    except (Refused, RuntimeError) as problem:
        print(f"  ✗ {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        server.stop()
    return 0


def _say_what_comes() -> None:
    free = shutil.disk_usage(".").free // 2**30
    print(f"Kura demo · Python {platform.python_version()} · {platform.system()} · {free} GiB of disk free")
    print(
        f"It needs about 200 MB of disk and about {MINUTES} minute. Its home is ./{FOLDER}; nothing else is touched.\n"
    )


def _lived_in(server: Server) -> Story:
    """A home with 40 facilities and 2,000 answered requests, being served."""
    command, now = kura(server.home), clock.now()
    command.run("init")
    with (server.home / "kura.toml").open("w", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    file, tokens, lines = (server.home.parent / name for name in ("demo.toml", "tokens.json", "history.jsonl"))
    file.write_text(tomli_w.dumps(names.apply_file(now.date())), encoding="utf-8")
    command.run("apply", str(file), "--tokens", str(tokens))
    prices.offer(server.home)
    with lines.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in history.lines(now))
    story = Story(server.home.parent, server, json.loads(tokens.read_text(encoding="utf-8")))
    with story.step("history"):
        command.run("import", "requests", str(lines))
    with story.step("up"):
        server.start()
    return story


if __name__ == "__main__":
    sys.exit(main())
