"""What the portal of the tests answers to each call, as interface.md says a real one does."""

import hashlib
import io
import json
import tarfile
from typing import Any, cast

from tests.capture_client.portal_double.state import PLAN, Portal, Refusal

Answer = tuple[int, Any]


def answer(portal: Portal, verb: str, path: str, body: bytes) -> Answer:
    """Status and body, which is bytes or JSON; a Refusal where there is nothing of that name."""
    names = path.strip("/").split("/")
    for about in (_device, _exams, _runs, _desk):
        if found := about(portal, verb, names, body):
            return found
    raise Refusal(404, "not_found")


def _device(portal: Portal, verb: str, names: list[str], body: bytes) -> Answer | None:
    match verb, names:
        case "GET", ["me"]:
            return 200, {"login": "f001-capture1", "role": "device", "facility": "f001"}
        case "GET", ["receipt-keys"]:
            return 200, {"items": portal.public_keys()}
        case "PUT", ["files", *path]:
            portal.files["/".join(path)] = body
            return 201, {}
    return None


def _exams(portal: Portal, verb: str, names: list[str], body: bytes) -> Answer | None:
    match verb, names:
        case "POST", ["exams"]:
            return _announce(portal, json.loads(body))
        case "POST", ["announcements"] if portal.knows_bundles:
            return _announce_all(portal, json.loads(body)["exams"])
        case "GET", ["exams"]:
            return 200, {"items": portal.held(), "next": None}
        case "GET", ["exams", id_]:
            return 200, portal.exam(id_)
        case "GET", ["exams", id_, "images", name]:
            image = next(i for i in portal.exam(id_)["images"] if i["name"] == name)
            return 200, portal.blobs[image["sha256"]]
        case "GET", ["exams", id_, "bundle"]:
            return 200, _tar(portal, portal.exam(id_))
        case "POST", ["exams", id_, "images"]:
            exam = portal.exam(id_)
            known = [image["name"] for image in exam["images"]]
            exam["images"] += [image for image in json.loads(body)["images"] if image["name"] not in known]
            return 200, {"id": id_, "missing": portal.missing(exam), "state": "receiving"}
        case "POST", ["exams", id_, "commit"]:
            return 200, _commit(portal, portal.exam(id_))
    return None


def _runs(portal: Portal, verb: str, names: list[str], body: bytes) -> Answer | None:
    match verb, names:
        case "POST", ["backup-runs"]:
            run = {"id": f"run{len(portal.runs) + 1}", **json.loads(body)}
            portal.runs[run["id"]] = run
            return 201, {"id": run["id"]}
        case "PATCH", ["backup-runs", id_]:
            portal.runs[id_] |= json.loads(body)
            listed = [digest for exam in portal.runs[id_]["exams"] for digest in exam["digests"]]
            missing = [digest for digest in listed if digest not in portal.blobs]
            return 200, {"state": "failed" if missing else portal.runs[id_]["state"], "missing": missing}
    return None


def _desk(portal: Portal, verb: str, names: list[str], body: bytes) -> Answer | None:
    match verb, names:
        case "POST", ["requests"]:
            portal.requests.append({"id": f"R{len(portal.requests) + 1}", "state": "filed", **json.loads(body)})
            return 201, portal.requests[-1]
        case "GET", ["answers"]:
            ready = [answer for answer in portal.answers.values() if answer["state"] == "ready"]
            return 200, {"items": ready, "next": None}
        case "POST", ["answers", id_, "pickup"]:
            person = json.loads(body).get("person")
            portal.answers[id_] |= {"state": "received" if person else "shown", "person": person}
            return 200, portal.answers[id_]
        case "GET", ["answers", _, "files", name]:
            return 200, b"file " + name.encode()
    return None


def _announce(portal: Portal, manifest: dict[str, Any]) -> Answer:
    if manifest["patient_id"] in (portal.plan or PLAN)["patients"]["except"]:
        raise Refusal(422, "opted_out", field="patient_id")
    if portal.left is not None and sum(image["size"] for image in manifest["images"]) > portal.left:
        raise Refusal(507, "over_capacity", left=portal.left)
    same = [exam for exam in portal.exams.values() if exam["key"] == manifest["key"]]
    exam = same[0] if same else {"id": f"E{len(portal.exams) + 1}", "receipt": None, **manifest}
    portal.exams[exam["id"]] = exam
    return (200 if same else 201), {"id": exam["id"], "missing": portal.missing(exam), "state": "receiving"}


def _announce_all(portal: Portal, manifests: list[dict[str, Any]]) -> Answer:
    size = sum(image["size"] for manifest in manifests for image in manifest["images"])
    if portal.left is not None and size > portal.left:
        raise Refusal(507, "over_capacity", left=portal.left)
    return 200, {"items": [_announce(portal, one)[1] for one in manifests]}


def _commit(portal: Portal, exam: dict[str, Any]) -> dict[str, Any]:
    if portal.lose_before_commit and portal.blobs:
        portal.lose_before_commit -= 1
        portal.blobs.pop(exam["images"][0]["sha256"])
    if missing := portal.missing(exam):
        raise Refusal(409, "incomplete", missing=missing)
    exam["receipt"] = exam["receipt"] or portal.receipt(exam)
    return {"state": "held", "receipt": exam["receipt"]}


def _tar(portal: Portal, exam: dict[str, Any]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for image in exam["images"]:
            member = tarfile.TarInfo(image["name"])
            member.size = image["size"]
            tar.addfile(member, io.BytesIO(portal.blobs[image["sha256"]]))
    return made.getvalue()


def keep_whole(portal: Portal, bundle: bytes) -> bool:
    """Keep the members that came whole; False when one is not what its name says."""
    try:
        with tarfile.open(fileobj=io.BytesIO(bundle), mode="r|") as tar:
            for member in tar:
                content = cast("io.BufferedReader", tar.extractfile(member)).read()
                if len(content) == member.size and hashlib.sha256(content).hexdigest() != member.name:
                    return False
                if len(content) == member.size:
                    portal.blobs[member.name] = content
    except tarfile.ReadError:
        pass
    return True


def brought(portal: Portal, path: str, query: dict[str, list[str]]) -> dict[str, Any]:
    """What is said of a bundle that came: of one exam what it misses, several are committed where they are whole."""
    if path == "/bundles":
        return {"items": [_together(portal, id_) for id_ in query["exams"][0].split(",")]}
    return {"missing": portal.missing(portal.exams[path.split("/")[2]])}


def _together(portal: Portal, id_: str) -> dict[str, Any]:
    with portal.lock:
        try:
            return {"id": id_, "missing": [], **_commit(portal, portal.exams[id_])}
        except Refusal as refusal:
            return {"id": id_, "missing": refusal.body["missing"]}
