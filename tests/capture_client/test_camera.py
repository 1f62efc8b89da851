"""The phantom shows what a scope would, the freeze rule sees the button, stills say whose they are."""

import io
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from capture_client.camera import freeze, phantom, source, still
from capture_client.errors import Unavailable

RULE = freeze.Rule(frames=4)
TAKEN = datetime(2026, 11, 23, 5, 0, 1, tzinfo=UTC)
DATA = still.Management("key", "患者-1", "EGD", TAKEN, TAKEN, "0001.jpg", "KV-290", "2210457", "佐藤")


def stills_of(differences: list[float], contrast: float = 40.0) -> int:
    seen, count = freeze.Seen(), 0
    for difference in differences:
        seen, found = freeze.look(seen, difference, contrast, RULE)
        count += found
    return count


def test_one_press_is_one_still_however_long_it_is_held() -> None:
    assert stills_of([9.0] * 5 + [0.1] * 400 + [9.0] * 5) == 1


def test_a_picture_without_contrast_is_no_still() -> None:
    assert stills_of([0.0] * 50, contrast=1.0) == 0


def test_the_flicker_of_a_codec_does_not_take_the_same_picture_twice() -> None:
    assert stills_of([9.0, *[0.1] * 6, 1.0, *[0.1] * 20, 9.0]) == 1


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 12)), max_size=20))
def test_each_stretch_that_stands_long_enough_gives_one_still(stretches: list[tuple[int, int]]) -> None:
    differences = [d for moving, standing in stretches for d in [5.0] * moving + [0.0] * standing]
    assert stills_of(differences) == sum(standing >= RULE.frames for _, standing in stretches)


def test_the_button_is_seen_in_a_real_video(video: Path) -> None:
    with source.opened(str(video), TAKEN) as opened:
        shots = list(source.frozen(opened, freeze.Rule()))
    assert len(shots) == 3
    assert [shot.at for shot in shots] == sorted({shot.at for shot in shots})


def test_a_file_that_is_no_video_is_said_to_give_no_picture(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"no video")
    with pytest.raises(Unavailable), source.opened(str(tmp_path / "x.mp4"), TAKEN):
        pass


def test_the_same_seed_gives_the_same_pictures_and_another_seed_others() -> None:
    first, again, other = (phantom.stills(phantom.Exam(seed=s, size=(320, 180)), 2) for s in (5, 5, 6))
    assert first == again
    assert first[0] != first[1]
    assert first[0] != other[0]


@pytest.mark.parametrize("seed", range(3))
def test_the_green_band_is_green_and_the_mucosa_is_red(seed: int) -> None:
    plain, banded = (
        phantom.picture(phantom.Exam(seed=seed, green_band=band, size=(320, 180)), 0).astype(int)
        for band in (False, True)
    )
    greener = np.mean(banded[..., 1] - banded[..., 2] > 20)
    assert 0.01 < greener < 0.2
    assert not np.any(plain[..., 1] - plain[..., 2] > 40)
    lit = plain[plain.max(axis=2) > 90]
    assert lit[:, 2].mean() > 1.2 * lit[:, 1].mean()


def test_the_phantom_is_a_command(tmp_path: Path) -> None:
    phantom.main([str(tmp_path / "out.mp4"), "--stills", "1", "--green-band", "--seed", "3", "--size", "320x180"])
    with source.opened(str(tmp_path / "out.mp4"), TAKEN) as opened:
        assert len(list(source.frozen(opened, freeze.Rule()))) == 1


def test_a_still_says_whose_it_is_and_stays_the_same_picture() -> None:
    frame = phantom.picture(phantom.Exam(size=(320, 180)), 0)
    jpeg = still.encode(frame, DATA)
    assert still.read(jpeg) == DATA
    _, plain = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, still.QUALITY])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(jpeg))), np.asarray(Image.open(io.BytesIO(plain.tobytes()))))


def test_any_viewer_finds_the_time_and_the_scope_in_exif() -> None:
    jpeg = still.encode(phantom.picture(phantom.Exam(size=(320, 180)), 0), DATA)
    exif = Image.open(io.BytesIO(jpeg)).getexif()
    assert exif[still.EXIF_MODEL] == "KV-290"
    assert exif.get_ifd(still.EXIF_IFD)[still.EXIF_TAKEN] == "2026:11:23 05:00:01"


@given(st.binary(max_size=200))
def test_bytes_that_are_no_still_hold_no_management_data(noise: bytes) -> None:
    assert still.read(noise) is None
    assert still.read(b"\xff\xd8\xff\xfe" + noise) is None
