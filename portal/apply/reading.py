"""Reading FILE: TOML to checked values, or an error that says where."""

import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from portal.apply.file import File
from vault.base.errors import Invalid, NotFound


def read(source: Path | Mapping[str, Any]) -> File:
    """FILE, its texts in NFC; Invalid names the place and what is wrong there, NotFound a missing file."""
    values = _load(source) if isinstance(source, Path) else source
    try:
        return File.model_validate(_nfc(values))
    except ValidationError as problem:
        errors = [
            (".".join(str(part) for part in error["loc"]), error) for error in problem.errors(include_input=False)
        ]
        place, first = errors[0]
        unknown = [at for at, error in errors if error["type"] == "extra_forbidden"]
        if unknown:
            raise Invalid("unknown_fields", field=unknown[0], unknown=unknown) from None
        raise Invalid("apply_file", field=place, problem=first["msg"]) from None


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound("no_file", file=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Invalid("apply_file", field=path.name, problem=str(problem)) from None


def _nfc(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {_nfc(key): _nfc(item) for key, item in value.items()}
    return [_nfc(item) for item in value] if isinstance(value, list) else value
