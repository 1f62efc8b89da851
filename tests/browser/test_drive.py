"""The drive in a browser: folders dropped on it, an upload that is cut and gone on with, deleting and undoing."""

import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, Request, expect

from tests.processes.live import Live

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
Windows = Callable[..., Page]
expect.set_options(timeout=45_000)
SIZE = 6 * 2**20
BYTES_A_SECOND = 2 * 2**20
UNDER_WAY = re.compile(r"の[2-9]\d%")


def held(live: Live, path: str) -> bytes:
    """What the API gives for a path of aoba's drive."""
    headers = {"Authorization": f"Bearer {live.tokens['aoba-nurse']}"}
    answer = httpx.get(f"{live.server.url}/api/v1/files/{quote(path)}", headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.content


def drop(page: Page, *paths: Path) -> None:
    """Let go of files and folders over the page, as a person drags them out of another window."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})


def slow(page: Page, rate: int) -> None:
    """Let no more than `rate` bytes a second leave the browser; -1 for as many as go."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": rate}
    session.send("Network.emulateNetworkConditions", limits)


def test_a_dropped_folder_is_kept_with_all_that_lies_in_it(live: Live, window: Windows, tmp_path: Path) -> None:
    folder = tmp_path / "洗浄記録"
    (folder / "2026-11" / "empty").mkdir(parents=True)
    contents = {"list.txt": b"one", "2026-11/11-22.bin": os.urandom(300_000)}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    page = window("aoba-nurse")
    page.goto("/files/")
    with page.expect_response(lambda answer: answer.url.endswith("/files/folder")):
        drop(page, folder)
    expect(page.locator("[data-uploads]")).to_contain_text("2件すべてを保管しました")
    expect(page.locator("#listing")).to_contain_text("洗浄記録")
    page.goto(f"/files/?folder={quote('洗浄記録/2026-11')}")
    expect(page.locator("#listing")).to_contain_text("11-22.bin")
    expect(page.locator("#listing")).to_contain_text("empty")
    for name, content in contents.items():
        assert held(live, f"洗浄記録/{name}") == content
    page.goto(f"/files/?folder={quote('洗浄記録')}")
    with page.expect_download() as got:
        page.get_by_role("link", name="zipでダウンロード").click()
    with zipfile.ZipFile(io.BytesIO(Path(got.value.path()).read_bytes())) as found:
        assert found.read("洗浄記録/2026-11/11-22.bin") == contents["2026-11/11-22.bin"]


def test_an_upload_that_a_closed_page_cut_goes_on_where_it_was(live: Live, window: Windows, tmp_path: Path) -> None:
    file = tmp_path / "scope.mov"
    file.write_bytes(os.urandom(SIZE))
    page = window("aoba-nurse")
    page.goto("/files/")
    slow(page, BYTES_A_SECOND)
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("[data-uploads] li")).to_contain_text(UNDER_WAY)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    offsets: list[int] = []

    def seen(request: Request) -> None:
        if request.method == "PATCH":
            offsets.append(int(request.headers["upload-offset"]))

    page.on("request", seen)
    slow(page, -1)
    row = page.locator("[data-uploads] li", has_text="scope.mov")
    with page.expect_file_chooser() as chooser:
        row.get_by_role("button", name="ファイルを選ぶ").click()
    chooser.value.set_files(file)
    expect(page.locator("#listing")).to_contain_text("scope.mov")
    assert held(live, "scope.mov") == file.read_bytes()
    assert offsets
    assert offsets[0] > 0


def test_an_upload_goes_on_by_itself_when_the_connection_comes_back(
    live: Live, window: Windows, tmp_path: Path
) -> None:
    file = tmp_path / "scope.mov"
    file.write_bytes(os.urandom(SIZE))
    page = window("aoba-nurse", cut=True)
    page.goto("/files/")
    slow(page, BYTES_A_SECOND)
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator("[data-uploads] li")).to_contain_text(UNDER_WAY)
    live.server.kill()
    live.server.start()
    slow(page, -1)
    expect(page.locator("#listing")).to_contain_text("scope.mov")
    assert held(live, "scope.mov") == file.read_bytes()


def test_what_was_deleted_comes_back_with_one_press(live: Live, window: Windows, tmp_path: Path) -> None:
    page = window("aoba-nurse")
    for content in (b"first", b"second"):
        (tmp_path / "note.txt").write_bytes(content)
        page.goto("/files/")
        page.locator("input[type=file]").set_input_files(tmp_path / "note.txt")
        expect(page.locator("#listing")).to_contain_text("note.txt")
        expect(page.locator("#listing")).to_contain_text(f"{len(content)} B")
    page.locator("tr", has_text="note.txt").get_by_role("button", name="削除").click()
    expect(page.locator("#listing")).not_to_contain_text("note.txt")
    page.get_by_role("button", name="元に戻す").click()
    page.locator("tr", has_text="note.txt").locator('a[href*="/drive/item"]').click()
    page.get_by_role("button", name=re.compile("第1版")).click()
    expect(page.locator("[role=status]")).to_contain_text("第1版")
    assert held(live, "note.txt") == b"first"
