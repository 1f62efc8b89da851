"""Three other areas whose scopes of one model show a green band, and who asked about it this month."""

from functools import partial
from typing import Any

from capture_client.camera import phantom
from tests.http import world
from tests.processes.live import Live

MODEL = "EV-310"
NAMES = {"sakura": "さくら内科", "tsubaki": "椿クリニック", "ume": "梅の木病院"}
ASKED = "モニターに緑色の帯が見える"
BODY = "今週から緑色の帯が出るようになりました。見てもらえますか。"
STILLS = 2
_SIZE = (640, 360)


def stills(seed: int, *, banded: bool) -> list[bytes]:
    """Frozen pictures of an exam, its band upright."""
    exam = phantom.Exam(seed=3 * seed, scope_model=MODEL, green_band=banded, size=_SIZE)
    return phantom.stills(exam, STILLS)


def report(live: Live) -> None:
    """Each holds a banded exam and files a request about it; one also an exam by a sound scope of another model."""
    live.apply({**world.APPLY, "facilities": [*world.APPLY["facilities"], *map(_facility, NAMES)]})
    for seed, code in enumerate(NAMES):
        held = partial(live.held, device=f"{code}-capture1")
        exam = held(stills(seed, banded=True), scope={"model": MODEL, "serial": str(seed)})
        live.file(f"{code}-nurse", subject=ASKED, body=BODY, exams=[exam])
        if seed == 0:
            held(stills(7, banded=False), scope={"model": "EV-290", "serial": "7"}, patient_id="P-2")


def _facility(code: str) -> dict[str, Any]:
    people = [{"login": f"{code}-nurse", "role": "staff"}, {"login": f"{code}-admin", "role": "facility-admin"}]
    devices = [{"login": f"{code}-capture1"}]
    return {"code": code, "name": NAMES[code], "capacity": "64MiB", "people": people, "devices": devices}
