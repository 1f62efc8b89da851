"""
Orthanc on the same work: each JPEG wrapped as a VL Endoscopic Image, brought by `POST /instances`.

Needs Debian's `orthanc` and the package `pydicom`, which Kura itself does not: `python -m pip install pydicom`.
"""

import hashlib
import http.client
import importlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

from PIL import Image

CONNECTIONS = (2, 4, 8)
CLASS = "1.2.840.10008.5.1.4.1.1.77.1.1"
"""VL Endoscopic Image Storage."""
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
READY_SECONDS = 30.0


def wrap(images: Path, folder: Path) -> list[Path]:
    """A DICOM file for each JPEG below `images`, an exam a study; made once."""
    made = []
    for path in sorted(images.rglob("*.jpg")):
        target = folder / path.parent.name / f"{path.stem}.dcm"
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            _dataset(path).save_as(target, enforce_file_format=True)
        made.append(target)
    return made


def seconds(folder: Path, files: list[Path]) -> float:
    """To bring all `files` into an empty store, with the number of connections that suits it best."""
    return min(_brought(folder / "orthanc", files, connections) for connections in CONNECTIONS)


def _brought(folder: Path, files: list[Path], connections: int) -> float:
    shutil.rmtree(folder, ignore_errors=True)
    with _serving(folder) as port:
        os.sync()
        began = perf_counter()
        with ThreadPoolExecutor(connections) as pool:
            refused = sum(pool.map(lambda some: _post(port, some), [files[n::connections] for n in range(connections)]))
        taken = perf_counter() - began
    assert not refused
    shutil.rmtree(folder)
    return taken


def _post(port: int, files: list[Path]) -> int:
    """Over one connection that is kept; how many were refused."""
    connection, refused = http.client.HTTPConnection("127.0.0.1", port, timeout=60), 0
    for path in files:
        connection.request("POST", "/instances", path.read_bytes(), {"Content-Type": "application/dicom"})
        answer = connection.getresponse()
        answer.read()
        refused += answer.status != http.client.OK
    connection.close()
    return refused


@contextmanager
def _serving(folder: Path) -> Iterator[int]:
    """Orthanc over an empty store, on loopback alone, until the block ends."""
    folder.mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    settings = {
        "StorageDirectory": str(folder),
        "IndexDirectory": str(folder),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "KeepAlive": True,
        "SaveJobs": False,
    }
    (folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
    with (folder / "orthanc.log").open("wb") as log:
        running = subprocess.Popen(["Orthanc", str(folder / "orthanc.json")], stdout=log, stderr=log)
    try:
        _wait(port)
        yield port
    finally:
        running.terminate()
        running.wait()


def _wait(port: int) -> None:
    until = monotonic() + READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if monotonic() > until:
                raise
            sleep(0.05)
        else:
            return


def _dataset(path: Path) -> Any:
    """What Orthanc asks of an image, and the JPEG as it is."""
    dataset, encaps = importlib.import_module("pydicom.dataset"), importlib.import_module("pydicom.encaps")
    meta = dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID = CLASS, JPEG_BASELINE
    meta.MediaStorageSOPInstanceUID = _uid(f"{path.parent.name}/{path.name}")
    made = dataset.FileDataset(None, {}, file_meta=meta, preamble=bytes(128))
    made.SOPClassUID, made.SOPInstanceUID = CLASS, meta.MediaStorageSOPInstanceUID
    made.StudyInstanceUID, made.SeriesInstanceUID = _uid(path.parent.name), _uid(f"{path.parent.name}/series")
    made.PatientID, made.PatientName, made.StudyDate, made.StudyTime = "P-1", "TEST", "20261123", "101500"
    made.Modality, made.SeriesNumber, made.InstanceNumber = "ES", 1, int(path.stem[-3:]) + 1
    with Image.open(path) as picture:
        made.Columns, made.Rows = picture.size
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PlanarConfiguration = 3, "YBR_FULL_422", 0
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation, made.LossyImageCompression = 7, 0, "01"
    made.PixelData = encaps.encapsulate([path.read_bytes()])
    made["PixelData"].is_undefined_length = True
    return made


def _uid(name: str) -> str:
    """The same for the same name (PS3.5, B.2: an integer under 2.25)."""
    return f"2.25.{int(hashlib.sha256(name.encode()).hexdigest()[:30], 16)}"
