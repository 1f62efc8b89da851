"""Temporary files in memory where the machine has room: the tests write much and keep nothing."""

import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path("/dev/shm")
"""Linux's own file system in memory."""
ROOM = 4 * 2**30
"""Bytes that must be free there; a container has often 64 MiB only."""


def use_for_temporary_files() -> None:
    """Let this process and its children put temporary files there, unless TMPDIR says otherwise."""
    if "TMPDIR" in os.environ or not os.access(FOLDER, os.W_OK) or shutil.disk_usage(FOLDER).free < ROOM:
        return
    os.environ["TMPDIR"] = str(FOLDER)
    tempfile.tempdir = None
