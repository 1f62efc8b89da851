"""
The learned model as data on disk: `ID.npz` (arrays) and `ID.json` (everything else), no code in either.

The JSON names the digest of the arrays and is written last: a model whose JSON is there is whole, and one that was
altered or cut is refused. Weights are kept in half precision.
"""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from routing.router.calibration import Sigmoid
from routing.router.features import Vocabulary
from routing.router.learned import Learned, Step
from vault.base.errors import Damaged

VERSION = 1


def save(folder: Path, name: str, model: Learned) -> None:
    """Write the model durably under `name` in `folder`; whatever was there under that name is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = io.BytesIO()
    np.savez_compressed(
        arrays,
        weights=model.weights.astype(np.float16),
        intercepts=model.intercepts,
        rarity=model.vocabulary.rarity,
    )
    content = {
        "version": VERSION,
        "arrays": hashlib.sha256(arrays.getvalue()).hexdigest(),
        "codes": model.codes,
        "counts": model.counts,
        "sigmoid": asdict(model.sigmoid),
        "steps": [asdict(step) for step in model.steps],
        "words": model.vocabulary.words,
        "unseen": model.vocabulary.unseen,
        "keys": model.vocabulary.keys,
    }
    _write(folder / f"{name}.npz", arrays.getvalue())
    _write(folder / f"{name}.json", json.dumps(content, ensure_ascii=False).encode())
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def load(folder: Path, name: str) -> Learned:
    """The model of that name; Damaged when it is missing, altered, cut short or of a later version."""
    try:
        arrays = (folder / f"{name}.npz").read_bytes()
        content = json.loads((folder / f"{name}.json").read_bytes())
        if content["version"] != VERSION or content["arrays"] != hashlib.sha256(arrays).hexdigest():
            raise Damaged("router_model", model=name)
        return _model(content, np.load(io.BytesIO(arrays), allow_pickle=False))
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as problem:
        raise Damaged("router_model", model=name) from problem


def discard(folder: Path, name: str) -> None:
    """Remove a model's files, if they are there."""
    for ending in ("json", "npz"):
        (folder / f"{name}.{ending}").unlink(missing_ok=True)


def _model(content: Mapping[str, Any], arrays: Mapping[str, Any]) -> Learned:
    return Learned(
        vocabulary=Vocabulary(tuple(content["keys"]), content["words"], arrays["rarity"], content["unseen"]),
        codes=tuple(content["codes"]),
        counts=tuple(content["counts"]),
        weights=arrays["weights"].astype(np.float32),
        intercepts=arrays["intercepts"],
        sigmoid=Sigmoid(**content["sigmoid"]),
        steps=tuple(Step(**step) for step in content["steps"]),
    )


def _write(path: Path, content: bytes) -> None:
    """All or nothing: written beside, made durable, then given its name."""
    beside = path.with_suffix(path.suffix + ".part")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
