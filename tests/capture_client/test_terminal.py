"""Requests leave the terminal with their files; answers come back to it, once each, through cuts and silent proxies."""

import itertools
from pathlib import Path

import pytest

from capture_client.filing.database import FilingDatabase
from capture_client.link import Link
from capture_client.settings import Home, Inbox
from capture_client.terminal.following import Follower
from tests.capture_client.conftest import Command, folder_of
from tests.capture_client.portal_double.state import Portal

Opened = tuple[Home, FilingDatabase, Link]


def test_a_request_names_the_exam_as_the_portal_does(
    home: Path, portal: Portal, run: Command, pictures: list[bytes], tmp_path: Path
) -> None:
    [exam] = run("import", folder_of(pictures[:1], tmp_path / "in"), "--json").data["items"]
    early = run("request", "--subject", "S", "--body", "B", "--exam", exam["exam"])
    assert early.status == 6
    run("backup")
    (tmp_path / "photo of scope.txt").write_bytes(b"photo")
    done = run(
        "request", "--subject", "緑の帯", "--body", "スコープの故障か?", "--exam", exam["exam"],
        "--file", tmp_path / "photo of scope.txt", "--person", "Sato", "--json",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert done.data["state"] == "filed"
    [said] = portal.requests
    assert (said["subject"], said["exams"], said["person"]) == ("緑の帯", ["E1"], "Sato")
    [path] = said["files"]
    assert path.startswith("requests-attachments/")
    assert portal.files == {path: b"photo"}


def test_a_request_whose_answer_got_lost_is_filed_once(home: Path, portal: Portal, run: Command) -> None:
    portal.faults = [503]
    assert run("request", "--subject", "S", "--body", "B").status == 0
    assert len(portal.requests) == 1


def test_a_missing_attachment_sends_nothing(home: Path, portal: Portal, run: Command) -> None:
    assert run("request", "--subject", "S", "--body", "B", "--file", "gone.txt").status == 4
    assert portal.called == []


def test_the_inbox_shows_answers_and_a_name_picks_them_up(
    home: Path, portal: Portal, run: Command, tmp_path: Path
) -> None:
    assert run("inbox").err == "No answers are waiting.\n"
    portal.answer("A1", files=[{"name": "marked.jpg"}])
    assert "Send the scope in." in run("inbox").out
    picked = run("inbox", "--pickup", "all", "--person", "Sato", "--files-to", tmp_path / "files", "--json")
    assert picked.status == 0, picked.err
    assert portal.answers["A1"]["person"] == "Sato"
    assert (tmp_path / "files" / "marked.jpg").read_bytes() == b"file marked.jpg"
    assert run("inbox", "--json").data["items"] == []


def test_a_place_without_a_person_was_only_shown_the_answer(home: Path, portal: Portal, run: Command) -> None:
    portal.answer("A1")
    assert run("inbox", "--pickup", "A1").status == 0
    assert portal.answers["A1"]["state"] == "shown"


def test_a_notice_says_nothing_of_what_the_answer_says(home: Path, portal: Portal, run: Command) -> None:
    portal.answer("A1", body="patient P-1 has …")
    done = run("inbox", "--follow", "--count", "1")
    assert done.status == 0
    assert done.err.splitlines()[0] == ("An answer from repair is ready (request R1). Read it with: kura-capture inbox")
    assert "P-1" not in done.err + done.out
    assert done.out == ""


def follower(opened: Opened, told: list[str], **settings: float) -> Follower:
    _, database, link = opened
    waits = Inbox.model_validate({"silence_seconds": 5, "poll_seconds": 0.05, **settings})
    return Follower(link, database, waits, lambda code, values: told.append(code), lambda seconds: None)


def test_answers_come_through_the_stream_and_a_cut_loses_none(opened: Opened, portal: Portal) -> None:
    portal.cut_stream_after = [1, 1]
    told: list[str] = []
    coming = follower(opened, told).answers()
    portal.answer("A0")
    seen = [next(coming)["id"]]
    for name in ("A1", "A2", "A3"):
        portal.answer(name)
        seen.append(next(coming)["id"])
    assert seen == ["A0", "A1", "A2", "A3"]
    assert "polling" not in told


def test_a_new_start_resumes_where_the_last_one_was(opened: Opened, portal: Portal) -> None:
    coming = follower(opened, []).answers()
    portal.answer("A0")
    next(coming)
    portal.answer("A1")
    next(coming)
    portal.answer("A2")
    next(coming)
    del coming  # the command ended
    portal.answers.clear()
    again = follower(opened, []).answers()
    portal.answer("A3")
    assert next(again)["id"] == "A3"
    portal.answer("A4")
    assert next(again)["id"] == "A4"
    assert portal.resumed_from[-1] is not None


def test_a_stream_that_a_proxy_holds_back_is_replaced_by_asking(opened: Opened, portal: Portal) -> None:
    portal.silent_stream = True
    told: list[str] = []
    coming = follower(opened, told, silence_seconds=0.2).answers()
    portal.answer("A1")
    assert next(coming)["id"] == "A1"
    portal.answer("A2")
    assert next(coming)["id"] == "A2"
    assert told.count("polling") == 1
    assert portal.count("GET", "/answers") >= 2


def test_an_unreachable_portal_is_told_of_once_and_waited_for(opened: Opened, portal: Portal) -> None:
    told: list[str] = []
    portal.faults = [503] * 20
    coming = follower(opened, told).answers()
    portal.answer("A1")
    assert next(coming)["id"] == "A1"
    assert told[0] == "unavailable"


def test_a_revoked_token_ends_the_waiting(home: Path, run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KURA_CAPTURE_SERVER_TOKEN", "revoked")
    assert run("inbox", "--follow").status == 5


def test_pages_of_answers_are_all_read(opened: Opened, portal: Portal) -> None:
    for number in range(5):
        portal.answer(f"A{number}")
    found = list(itertools.islice(follower(opened, []).answers(), 5))
    assert [answer["id"] for answer in found] == [f"A{number}" for number in range(5)]
