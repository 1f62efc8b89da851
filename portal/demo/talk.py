"""The request of the main job: filed, routed, claimed once, asked about, answered, picked up."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import cv2
import numpy as np

from portal.demo import names
from portal.demo.callers import Command, Refused, kura
from portal.demo.exams import NURSE
from portal.demo.telling import PATIENCE_SECONDS, Story

WAITING = (
    (NURSE, {"subject": "送気が弱い", "body": "検査の途中から送気が弱くなりました。部品の交換が必要でしょうか。"}),
    (NURSE, {"subject": "鎮静薬の間隔", "body": "高齢の方に鎮静薬を追加する間隔の目安を教えてください。"}),
    (
        f"{names.STRANGER}-nurse",
        {"subject": "お礼", "body": "先日はありがとうございました。皆さまによろしくお伝えください。"},
    ),
)
"""By whom, and what: for Repair, for Clinical Support, and for nobody that the router could name."""


def file(story: Story) -> None:
    """The nurse's request."""
    with story.step("filed") as step:
        nurse = story.caller(NURSE)
        exam = nurse.get(f"/exams/{story.facts['exam']}")
        ring = {"type": "ring", "x": 0.74, "y": 0.5, "r": 0.12}
        images = [{"exam": exam["id"], "name": one["name"], "marks": [ring]} for one in exam["images"][:2]]
        body = "画像に緑色の帯が出る。スコープの故障か? 鎮静に使う薬剤の追加量も教えてください。"
        request = {"subject": "画像に緑色の帯が出る", "body": body, "exams": [exam["id"]], "images": images}
        filed = nurse.post("/requests", request)
        story.facts["request"] = filed["id"]
        story.told.requests[filed["id"]] = NURSE
        step.shown(f"/requests/{filed['id']}", NURSE)


def route(story: Story) -> None:
    """To both departments, and why."""
    with story.step("routed") as step:
        kura(story.server.home).json("sweep")
        request = story.caller(NURSE).get(f"/requests/{story.facts['request']}")
        story.facts["assignments"] = {one["department"]: one["id"] for one in request["assignments"]}
        if set(story.facts["assignments"]) != {"repair", "clinical"}:
            raise RuntimeError(f"it went to {sorted(story.facts['assignments'])}")
        step.says(where=" · ".join(_why(story, login) for login in ("repair1", "clinical1")))
        step.shown(f"/assignments/{story.facts['assignments']['repair']}", "repair1")


def _why(story: Story, login: str) -> str:
    items = story.caller(login).get("/queue")["items"]
    row = next(one for one in items if one["request"]["id"] == story.facts["request"])
    words = [word for reason in row["reasons"] for word in reason.get("words", [])]
    return f"{row['department']} {row['probability']:.0%} ({', '.join(words[:3])})"


def claim_twice(story: Story) -> None:
    """One holds it, the other learns who."""
    assignment = story.facts["assignments"]["repair"]
    with story.step("claimed") as step:
        step.shown(f"/assignments/{assignment}", "repair1")
        story.caller("repair1").post(f"/assignments/{assignment}/claim")
        try:
            story.caller("repair2").post(f"/assignments/{assignment}/claim")
        except Refused as refused:
            if refused.status != 409:
                raise
            step.says(holder=refused.answer.json()["holder"])
        else:
            raise RuntimeError("two people claimed the same assignment")


@contextmanager
def terminal(story: Story, device: Command) -> Iterator[subprocess.Popen[str]]:
    """The terminal in the endoscopy room, waiting for answers."""
    waiting = device.start("inbox", "--follow", "--count", "2")
    try:
        yield waiting
    finally:
        waiting.terminate()
        waiting.wait(timeout=10)


def ask_reply_answer(story: Story) -> None:
    """A question back, its reply, and an answer from each department."""
    repair, clinical = story.facts["assignments"]["repair"], story.facts["assignments"]["clinical"]
    with story.step("answered") as step:
        step.shown(f"/assignments/{repair}", "repair1")
        technician, nurse = story.caller("repair1"), story.caller(NURSE)
        technician.post(f"/assignments/{repair}/ask", {"body": "帯は全ての検査で出ますか。"})
        nurse.post(f"/requests/{story.facts['request']}/messages", {"body": "このスコープだけです。"})
        exam = nurse.get(f"/exams/{story.facts['exam']}")
        picture = technician.bytes(f"/assignments/{repair}/images/{exam['id']}/{quote(exam['images'][0]['name'])}")
        technician.put(f"/assignments/{repair}/files/marked.jpg", _marked_up(picture), "image/jpeg")
        body = "撮像素子の信号線の不良です。使用を止め、代替機をお使いください。明朝お届けします。"
        technician.post(f"/assignments/{repair}/answer", {"body": body, "files": ["marked.jpg"]})
        doctor = story.caller("clinical1")
        doctor.post(f"/assignments/{clinical}/claim")
        doctor.post(f"/assignments/{clinical}/answer", {"body": "添付文書の範囲内で、施設の手順書に従ってください。"})


def notice(story: Story, terminal: "subprocess.Popen[str]") -> None:
    """What the terminal showed."""
    with story.step("notice") as step:
        step.shown(f"/requests/{story.facts['request']}", NURSE)
        output, _ = terminal.communicate(timeout=PATIENCE_SECONDS)
        found = [line.strip() for line in output.splitlines() if story.facts["request"] in line]
        if len(found) != 2:
            raise RuntimeError(f"two notices were expected: {output}")
        step.says(notice=found[0])


def pick_up(story: Story) -> None:
    """Both answers, by name."""
    with story.step("picked-up") as step:
        step.shown(f"/requests/{story.facts['request']}", NURSE)
        nurse = story.caller(NURSE)
        for answer in nurse.get("/answers", state="ready")["items"]:
            picked = nurse.post(f"/answers/{answer['id']}/pickup", {"person": NURSE})
            story.told.answers.append(picked["id"])
        state = nurse.get(f"/requests/{story.facts['request']}")["state"]
        if state != "picked-up":
            raise RuntimeError(f"the request is {state}")
        step.says(state=state)


def more(story: Story) -> None:
    """Something for each desk to do; nobody has answered it yet."""
    with story.step("waiting") as step:
        step.shown("/queue", "repair1")
        exam = story.caller(NURSE).get(f"/exams/{story.facts['second-exam']}")
        picked = [{"exam": exam["id"], "name": exam["images"][0]["name"]}]
        for login, asked in WAITING:
            about = {"exams": [exam["id"]], "images": picked} if asked is WAITING[0][1] else {}
            filed = story.caller(login).post("/requests", {**asked, **about})
            story.told.requests[filed["id"]] = login
        kura(story.server.home).json("sweep")
        for login in ("repair1", "clinical1", "admin1"):
            if len(story.caller(login).get("/queue")["items"]) != 1:
                raise RuntimeError(f"not one request waits for {login}")


def _marked_up(picture: bytes) -> bytes:
    """The picture with a ring around what is meant."""
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise RuntimeError("the picture does not decode")
    height, width = image.shape[:2]
    cv2.circle(image, (int(width * 0.74), int(height * 0.5)), int(width * 0.12), (0, 220, 255), 4, cv2.LINE_AA)
    return cv2.imencode(".jpg", image)[1].tobytes()
