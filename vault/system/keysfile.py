"""
The keys file: everything of HOME/keys and HOME's settings, which may hold passwords, in one file for the owner alone.

It is never kept beside the data: whoever has both can read everything, whoever has the backup alone nothing.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vault.base import clock, settings
from vault.base.errors import Conflict, Invalid
from vault.store.backends.disk import DiskBackend
from vault.store.keys import KeyRing, parsed, restore, write_private

VERSION = 1
KIND = "kura-keys"
SESSION_KEY_FILE = "session.key"


@dataclass(frozen=True)
class Keys:
    """What is needed beside a backup: `files` of HOME/keys by name, and `settings`, HOME's file, empty for none."""

    files: Mapping[str, bytes]
    settings: bytes


def write(path: Path, keys_folder: Path, settings_file: Path) -> None:
    """
    Write the file, durably; an older one of this installation is replaced at once.

    Provider keys of the older one stay in it, although they were retired: older snapshots are opened by them. Conflict
    (`exists`) where something else is there, or another installation's keys.
    """
    found = {one.name: one.read_bytes() for one in sorted(keys_folder.iterdir()) if one.suffix in (".key", ".json")}
    if path.exists():
        found = {**_retired(path, found), **found}
    content = {
        "version": VERSION,
        "kind": KIND,
        "made_at": clock.now().isoformat(timespec="seconds"),
        "files": {name: base64.b64encode(one).decode() for name, one in found.items()},
        "settings": base64.b64encode(settings_file.read_bytes() if settings_file.exists() else b"").decode(),
    }
    DiskBackend(path.parent).replace(path.name, (json.dumps(content, indent=1) + "\n").encode())


def load(path: Path) -> Keys:
    """The keys in the file; Invalid (`not_a_keys_file`) for another kind of file, `backup_newer` for a later one."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if content["kind"] != KIND:
            raise ValueError(content["kind"])
        if content["version"] > VERSION:
            raise Invalid("backup_newer", field="keys", version=content["version"], known=VERSION)
        files = {name: base64.b64decode(one, validate=True) for name, one in content["files"].items()}
        if any("/" in name or name.startswith(".") for name in files):
            raise ValueError("a name leads elsewhere")
        return Keys(files, base64.b64decode(content["settings"], validate=True))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Invalid("not_a_keys_file", field="keys", file=str(path)) from problem


def ring(found: Keys) -> KeyRing:
    """The provider keys among them; Invalid (`not_a_keys_file`) where one cannot be read, Unavailable without one."""
    try:
        return KeyRing(dict(parsed(one) for name, one in found.files.items() if name.startswith("provider-")))
    except (ValueError, KeyError, TypeError) as problem:
        raise Invalid("not_a_keys_file", field="keys") from problem


def put(home: Path, found: Keys, *, with_settings: bool) -> None:
    """Write the keys into HOME, and the settings unless others are to be used; what is there stays as it is."""
    folder = DiskBackend(home / "keys")
    for name, content in found.files.items():
        folder.keep(name, content)
    if with_settings and found.settings:
        DiskBackend(home).keep(settings.SETTINGS_FILE, found.settings)


def put_recovered(home: Path, provider_keys: Mapping[str, bytes], session_key: str) -> None:
    """Write what a recovery file gave into HOME: the provider keys alone, so that everybody signs in anew."""
    folder = home / "keys"
    restore(folder, provider_keys)
    write_private(folder / SESSION_KEY_FILE, {"version": 1, "key": session_key})


def _retired(path: Path, found: Mapping[str, bytes]) -> dict[str, bytes]:
    """Provider keys that an older keys file of this installation holds and HOME no longer does."""
    try:
        before = load(path).files
    except Invalid as problem:
        raise Conflict("exists", file=str(path)) from problem
    # Some key file of it is here, byte for byte.
    if not any(found.get(name) == content for name, content in before.items() if name.endswith(".key")):
        raise Conflict("exists", file=str(path))
    return {name: one for name, one in before.items() if name.startswith("provider-") and name not in found}
