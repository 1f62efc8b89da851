"""A copy read back, all its discs together: what is damaged or missing, by name; and that its receipts prove it."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from capture_client.backup import receipt
from capture_client.errors import CaptureError, Damaged, NotFound
from capture_client.media.sets import CONTENTS, RECEIPTS, SUMS, Labelled, open_path, sealed_path

Advance = Callable[[int], None]


@dataclass(frozen=True)
class Fault:
    """Something wrong: on which disc (0: none), which file of it, what, and the name that people know it by."""

    disc: int
    path: str
    what: str
    name: str = ""

    def listed(self) -> dict[str, object]:
        """As `--json` says it."""
        return {"disc": self.disc, "file": self.path, "fault": self.what, "name": self.name}


@dataclass
class Report:
    """What was found of one copy; `proved` tells whether receipts could be held against it."""

    set_id: str
    discs: int
    given: list[int]
    files: int = 0
    exams: int = 0
    proved: bool = False
    left_out: int = 0
    faults: list[Fault] = field(default_factory=list)

    def listed(self) -> dict[str, object]:
        """As `--json` says it."""
        return {**vars(self), "holds": not self.faults, "faults": [fault.listed() for fault in self.faults]}


def checked(set_id: str, discs: list[Labelled], keys: receipt.Keys, advance: Advance) -> Report:
    """Read every byte of the discs of one copy."""
    report = Report(set_id, int(discs[0].said["discs"]), [one.number for one in discs])
    for number in sorted(set(range(1, report.discs + 1)) - set(report.given)):
        report.faults.append(Fault(number, "", "disc missing"))
    names = {one.number: _names(one, report) for one in discs}
    trusted = keys or _own_keys(discs, report)
    for one in discs:
        if trusted and not receipt.signed_by(one.said, trusted):
            report.faults.append(Fault(one.number, "disc.json", "signature"))
        _check_sums(one, names[one.number], report, advance)
    if all(one.is_readable for one in discs):
        _check_contents(discs, trusted, report)
    return report


def _own_keys(discs: list[Labelled], report: Report) -> receipt.Keys:
    """Those of the first disc, where nobody pinned any: they prove that the discs agree, not who made them."""
    try:
        return discs[0].keys() if discs[0].number == 1 and discs[0].is_readable else {}
    except (CaptureError, ValueError, KeyError, TypeError):
        report.faults.append(Fault(1, "keys.json", "damaged"))
        return {}


def _names(one: Labelled, report: Report) -> dict[str, str]:
    """The name that people know each file by, by its path when it is open."""
    if not one.is_readable:
        return {}
    try:
        return {str(line["path"]): str(line.get("name") or line.get("file") or "") for line in one.lines(CONTENTS)}
    except (CaptureError, KeyError):
        return {}


def _check_sums(one: Labelled, names: dict[str, str], report: Report, advance: Advance) -> None:
    try:
        sums = one.sums()
    except (CaptureError, ValueError):
        report.faults.append(Fault(one.number, SUMS, "damaged"))
        return
    for path, digest in sums.items():
        found = _fault_of(one, path, digest, advance)
        report.files += 1
        if found:
            plain = open_name(one, path)
            report.faults.append(Fault(one.number, path, found, names.get(plain, "")))


def open_name(one: Labelled, path: str) -> str:
    """The path that a file has when it is open."""
    return path if one.said.get("encrypted") is None else open_path(path)


def on_disc(one: Labelled, path: str) -> str:
    """The path that it has on the disc."""
    return path if one.said.get("encrypted") is None else sealed_path(path)


def _fault_of(one: Labelled, path: str, digest: str, advance: Advance) -> str:
    running = hashlib.sha256()
    try:
        for part in one.raw(path):
            running.update(part)
            advance(len(part))
    except NotFound:
        return "missing"
    except Damaged:
        return "damaged"
    return "" if running.hexdigest() == digest else "damaged"


def _check_contents(discs: list[Labelled], keys: receipt.Keys, report: Report) -> None:
    """What the lists of contents name is there in all its parts, with the digest that the exam's receipt says."""
    receipts = _receipts(discs[0], keys, report) if discs[0].number == 1 else None
    pieces: dict[tuple[str, str], list[tuple[Labelled, dict[str, Any]]]] = {}
    for one in discs:
        for line in _contents(one, report):
            key = str(line.get("exam", "")), str(line.get("name") or line.get("file"))
            pieces.setdefault(key, []).append((one, line))
    report.exams = len({exam for exam, _ in pieces if exam})
    report.proved = receipts is not None
    damaged = {(fault.disc, fault.path) for fault in report.faults}
    for (exam, name), parts in pieces.items():
        line = parts[0][1]
        if any("left_out" in part for _, part in parts):
            report.left_out += 1
            continue
        if receipts is not None and exam and (name, line["sha256"], line["size"]) not in receipts.get(exam, set()):
            report.faults.append(Fault(parts[0][0].number, str(line["path"]), "not in the receipt", name))
        elif len(parts) == line["parts"] and not any(_is_known(part, damaged) for part in parts):
            _check_whole(parts, name, report)
        elif len(report.given) == report.discs and len(parts) != line["parts"]:
            report.faults.append(Fault(parts[0][0].number, str(line["path"]), "part missing", name))


def _is_known(part: tuple[Labelled, dict[str, Any]], damaged: set[tuple[int, str]]) -> bool:
    one, line = part
    return (one.number, on_disc(one, str(line["path"]))) in damaged


def _check_whole(parts: list[tuple[Labelled, dict[str, Any]]], name: str, report: Report) -> None:
    running = hashlib.sha256()
    try:
        for part in joined(parts):
            running.update(part)
        same = running.hexdigest() == parts[0][1]["sha256"]
    except CaptureError:
        same = False
    if not same:
        report.faults.append(Fault(parts[0][0].number, str(parts[0][1]["path"]), "damaged", name))


def joined(parts: Iterable[tuple[Labelled, dict[str, Any]]]) -> Iterator[bytes]:
    """The bytes of all parts of a file, in their order."""
    for one, line in sorted(parts, key=lambda part: int(part[1]["part"])):
        yield from one.content(str(line["path"]))


def _contents(one: Labelled, report: Report) -> list[dict[str, Any]]:
    try:
        return [line for line in one.lines(CONTENTS) if {"path", "sha256", "size", "part", "parts"} <= line.keys()]
    except CaptureError:
        report.faults.append(Fault(one.number, CONTENTS, "damaged"))
        return []


def _receipts(first: Labelled, keys: receipt.Keys, report: Report) -> dict[str, set[tuple[str, str, int]]] | None:
    """What each exam's receipt lists; faults for those that are not signed or do not follow one another."""
    try:
        found = list(first.lines(RECEIPTS))
    except CaptureError:
        report.faults.append(Fault(1, RECEIPTS, "damaged"))
        return None
    for one in found:
        if not receipt.signed_by(one, keys):
            report.faults.append(Fault(1, RECEIPTS, "signature", f"{one.get('sequence')}"))
    chain = receipt.chain_faults(found)
    report.faults += [Fault(1, RECEIPTS, what, exam) for exam, what in chain.items()]
    return {
        str(one.get("exam")): {(image["name"], image["sha256"], image["size"]) for image in one.get("images", ())}
        for one in found
    }
