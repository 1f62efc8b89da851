"""Real WebDAV clients, a real server: rclone takes a tree in and out unchanged; a body that is cut leaves nothing."""

import base64
import filecmp
import random
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.processes.live import Live
from tests.services.needed import LITMUS, RCLONE

LARGE = 40 * 2**20
"""More than one part."""


def a_tree(folder: Path) -> Path:
    """Files as a facility has them: Japanese names, many small ones, a large one, empty folders, what a Mac leaves."""
    chance = random.Random(2026)
    for number in range(60):
        path = folder / "多数" / f"{number % 4}" / f"画像 {number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.randbytes(chance.randrange(3000)))
    for name in ("空のフォルダ/その中", "検査 2026"):
        (folder / name).mkdir(parents=True)
    (folder / "検査 2026" / "動画 #1;&%+'.mp4").write_bytes(chance.randbytes(LARGE))
    for name in ("空.txt", "._a", ".DS_Store", "がぎぐ (写し).txt"):
        (folder / name).write_bytes(b"" if name == "空.txt" else name.encode())
    return folder


def differences(one: filecmp.dircmp[str]) -> list[str]:
    """Names that are not the same below two folders, by their bytes."""
    compared = filecmp.cmpfiles(one.left, one.right, one.common_files, shallow=False)
    below = [name for inner in one.subdirs.values() for name in differences(inner)]
    return [*one.left_only, *one.right_only, *compared[1], *compared[2], *one.common_funny, *below]


def rclone(live: Live, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """That command, with `kura:` as the drive of aoba."""
    program = str(RCLONE.need())
    hidden = subprocess.run(
        [program, "obscure", live.tokens["aoba-nurse"]], capture_output=True, text=True, check=True
    ).stdout.strip()
    settings = folder / "rclone.conf"
    settings.write_text(
        f"[kura]\ntype = webdav\nurl = {live.server.url}/dav/\nvendor = other\nuser = aoba-nurse\npass = {hidden}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [program, "--config", str(settings), "--retries", "1", *command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.rclone
def test_rclone_takes_a_tree_in_and_out_unchanged(live: Live, tmp_path: Path) -> None:
    live.server.start()
    source, back = a_tree(tmp_path / "source"), tmp_path / "back"
    rclone(live, tmp_path, "copy", "--create-empty-src-dirs", str(source), "kura:木")
    checked = rclone(live, tmp_path, "check", "--download", str(source), "kura:木")
    assert "0 differences found" in checked.stderr
    rclone(live, tmp_path, "copy", "--create-empty-src-dirs", "kura:木", str(back))
    assert differences(filecmp.dircmp(source, back, ignore=[], hide=[])) == []
    rclone(live, tmp_path, "move", "kura:木/多数", "kura:別")
    listed = rclone(live, tmp_path, "lsf", "-R", "kura:別").stdout.split("\n")
    assert len([name for name in listed if name.endswith(".jpg")]) == 60
    rclone(live, tmp_path, "purge", "kura:木")
    assert rclone(live, tmp_path, "lsf", "kura:").stdout == "別/\n"


@pytest.mark.litmus
def test_litmus_finds_nothing_wrong(live: Live, tmp_path: Path) -> None:
    live.server.start()
    command = [str(LITMUS.need()), "-k", f"{live.server.url}/dav/", "aoba-nurse", live.tokens["aoba-nurse"]]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    said = [line for line in done.stdout.splitlines() if "FAIL" in line or "WARNING" in line]
    assert (done.returncode, said) == (0, []), done.stdout
    assert done.stdout.count("100.0%") == 5


@pytest.mark.parametrize("expected", [True, False], ids=["length said", "length unknown"])
def test_a_body_in_chunks_that_is_cut_leaves_nothing(live: Live, expected: bool) -> None:
    live.server.start()
    login = base64.b64encode(f"aoba-nurse:{live.tokens['aoba-nurse']}".encode()).decode()
    said = "X-Expected-Entity-Length: 3000000\r\n" if expected else ""
    head = f"PUT /dav/cut.bin HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {login}\r\n{said}"
    with socket.create_connection(("127.0.0.1", live.server.port)) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        connection.sendall(b"100000\r\n" + bytes(0x100000) + b"\r\n" + b"100000\r\n" + bytes(1000))
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).split(b" ")[1] == b"422"
    area = live.caller("aoba-nurse").get("/area")
    assert (area["used"], area["files"]) == (0, 0)
    url, auth = f"{live.server.url}/dav/whole.bin", ("aoba-nurse", live.tokens["aoba-nurse"])
    whole = httpx.put(url, content=iter([bytes(70_000), b"end"]), auth=auth)
    assert whole.status_code == 201
    assert httpx.get(url, auth=auth).content == bytes(70_000) + b"end"
