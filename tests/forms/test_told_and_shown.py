"""Who looks, or has given an address, learns of late and missed nights, and nobody of patients."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.forms.station import ROOM, Station
from tests.services import mailbox
from tests.services.mailbox import Mailbox
from vault.base.jobs import Queue
from vault.base.scope import Scope
from vault.base.settings import Mail
from vault.tenancy import logins, people

NIGHT = datetime(2026, 4, 1, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def main_of(station: Station, login: str, address: str) -> str:
    """What that person's page says, in English."""
    answer = station.served.world.browser(login).get(address, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    found: str = answer.text.split("<main")[1]
    return found


def facility(station: Station) -> str:
    return main_of(station, "aoba-admin", "/backups")


def provider(station: Station) -> str:
    return main_of(station, "admin1", "/admin/backups")


@pytest.fixture
def nightly(station: Station) -> Station:
    """Under a nightly contract, with an exam that waits for its first night."""
    station.agree(timing="nightly@02:00")
    station.look()
    station.run("import", station.exam("a", "P-77", 0))
    return station


def test_a_facility_without_a_contract_is_told_what_that_means(station: Station) -> None:
    assert "Without a contract nothing is backed up by itself" in facility(station)
    assert "Nobody missed a backup" in provider(station)


def test_before_the_first_night_its_hour_is_shown(nightly: Station) -> None:
    page = facility(nightly)
    assert ROOM in page
    assert "every night at 02:00" in page
    assert "2 Apr 2026, 02:00" in page
    assert "none yet" in page


def test_a_night_is_seen_late_then_missed_then_made_good_on_both_sides(nightly: Station) -> None:
    nightly.clock.set(NIGHT + 3 * HOUR)
    nightly.look()
    assert "The run of last night is late" in facility(nightly)
    assert "Late" in provider(nightly)
    nightly.clock.set(NIGHT + 12 * HOUR)
    nightly.look()
    assert "1 night is missing" in facility(nightly)
    assert "1 nightly backup is missing." in main_of(nightly, "aoba-nurse", "/home")
    assert "1 target is not backed up" in main_of(nightly, "admin1", "/admin/")
    page = provider(nightly)
    assert "One target is not backed up as its contract says." in page
    assert "青葉クリニック" in page
    assert "1 night is missing" in page
    nightly.run("run", "--once")
    assert "missed, made good since" in facility(nightly)
    assert "is missing" not in facility(nightly)
    assert "is missing" not in main_of(nightly, "aoba-nurse", "/home")
    assert "not backed up" not in main_of(nightly, "admin1", "/admin/")
    assert "brought everything" in facility(nightly)
    assert "Everything that was missed has been made good." in provider(nightly)
    for page in (facility(nightly), provider(nightly)):
        assert "P-77" not in page


def test_what_is_missing_of_a_failed_run_is_counted(nightly: Station) -> None:
    call = nightly.served.world.call
    nightly.clock.set(NIGHT)
    listed = {"patient_id": "P-77", "performed_at": "2026-04-01T09:00:00Z", "digests": ["a" * 64, "b" * 64]}
    run = call("aoba-capture1", "POST", "/backup-runs", {"trigger": "nightly", "exams": [listed]}).get_json()["id"]
    assert "A run has been going on since 2 Apr 2026, 02:00." in facility(nightly)
    call("aoba-capture1", "PATCH", f"/backup-runs/{run}", {"state": "failed", "error": "over_capacity"})
    page = facility(nightly)
    assert "failed: the area is full" in " ".join(page.split())
    assert "2 images that it listed are not here." in page
    assert "Last night: failed" in page


def test_another_facility_sees_nothing_of_it_and_is_told_nothing(nightly: Station) -> None:
    nightly.clock.set(NIGHT + 12 * HOUR)
    nightly.look()
    assert ROOM not in main_of(nightly, "midori-admin", "/backups")
    assert 'href="/backups"' not in main_of(nightly, "midori-admin", "/notices")


def test_a_notice_leads_to_the_page_of_its_reader(nightly: Station) -> None:
    nightly.clock.set(NIGHT + 3 * HOUR)
    nightly.look()
    nightly.clock.set(NIGHT + 12 * HOUR)
    nightly.look()
    own, everyones = main_of(nightly, "aoba-admin", "/notices"), main_of(nightly, "admin1", "/notices")
    for page, address in ((own, 'href="/backups"'), (everyones, 'href="/admin/backups"')):
        assert f"The nightly backup of {ROOM} is late" in page
        assert f"{ROOM} missed a nightly backup" in page
        assert page.count(address) == 2
        assert "P-77" not in page
    assert "late" not in main_of(nightly, "aoba-nurse", "/notices").replace("late or missed", "")


def give_addresses(station: Station, box: Mailbox) -> None:
    installation = station.served.world.installation
    settings = Mail.model_validate({"server": box.server, "sender": "Kura <kura@example.com>", "security": "none"})
    installation.settings = installation.settings.model_copy(update={"mail": settings})
    with installation.database.transaction() as session:
        for login, language in (("aoba-admin", "ja"), ("aoba-nurse", "ja"), ("midori-admin", "ja"), ("admin1", "en")):
            person = logins.person_by(session, login)
            assert person is not None
            people.set_email(session, Scope.system(), person, f"{login}@example.com")
            people.set_language(session, Scope.system(), person, language)


def test_letters_go_to_the_administrators_of_both_sides_once_for_each_turn(nightly: Station) -> None:
    with mailbox.serving() as box:
        give_addresses(nightly, box)
        for hours in (2, 3, 4, 11, 12, 13, 23):
            nightly.clock.set(NIGHT + hours * HOUR)
            nightly.look()
            nightly.work(Queue.MAIL)
        written = [(letter["To"], letter["Subject"]) for letter in box.letters]
        texts = [letter.get_content() for letter in box.letters]
    assert sorted(written) == [
        ("admin1@example.com", f"Kura: {ROOM} at 青葉クリニック missed a nightly backup"),
        ("admin1@example.com", f"Kura: the nightly backup of {ROOM} at 青葉クリニック is late"),
        ("aoba-admin@example.com", f"Kura: 青葉クリニックの{ROOM}の夜間バックアップが行われませんでした"),
        ("aoba-admin@example.com", f"Kura: 青葉クリニックの{ROOM}の夜間バックアップが遅れています"),
    ]
    assert sum("2026年4月2日(木)" in text for text in texts) == 2
    assert not [text for text in texts if "P-77" in text]


def test_a_night_that_failed_is_written_of_as_that(nightly: Station) -> None:
    with mailbox.serving() as box:
        give_addresses(nightly, box)
        nightly.clock.set(NIGHT)
        call = nightly.served.world.call
        run = call("aoba-capture1", "POST", "/backup-runs", {"trigger": "nightly", "exams": []}).get_json()["id"]
        call("aoba-capture1", "PATCH", f"/backup-runs/{run}", {"state": "failed", "error": "disk"})
        nightly.clock.set(NIGHT + 12 * HOUR)
        nightly.look()
        nightly.work(Queue.MAIL)
        subjects = {str(letter["To"]): letter["Subject"] for letter in box.letters}
    assert subjects == {
        "admin1@example.com": f"Kura: a nightly backup of {ROOM} at 青葉クリニック failed",
        "aoba-admin@example.com": f"Kura: 青葉クリニックの{ROOM}の夜間バックアップが失敗しました",
    }
