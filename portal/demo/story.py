"""The main job, told once, and everything counted at its end."""

import hashlib
from urllib.parse import quote

from portal.demo import exams, looks, names, talk
from portal.demo.callers import Json
from portal.demo.cutter import Cutter
from portal.demo.exams import held_exams
from portal.demo.telling import Story


def tell(story: Story) -> Json:
    """The whole job; returns what was counted. RuntimeError or Refused where a step did not hold."""
    cutter = Cutter(("127.0.0.1", story.server.port))
    device = exams.set_up_device(story, cutter)
    exams.record_and_cut(story, device, cutter)
    exams.kill_in_commit(story, device, cutter)
    exams.verify_offline(story, device)
    talk.file(story)
    talk.route(story)
    talk.claim_twice(story)
    with talk.terminal(story, device) as lines:
        talk.ask_reply_answer(story)
        talk.notice(story, lines)
    talk.pick_up(story)
    talk.more(story)
    looks.stranger(story)
    looks.search(story)
    looks.analyse(story)
    looks.administrator(story)
    return _count(story)


def _count(story: Story) -> Json:
    """Everything that anyone was told is safe: is it there, and once?"""
    nurse = story.caller(f"{names.HERO}-nurse")
    lost = doubled = 0
    for name, digest in story.told.images.items():
        exam, _slash, image = name.partition("/")
        if hashlib.sha256(nurse.bytes(f"/exams/{exam}/images/{quote(image)}")).hexdigest() != digest:
            lost += 1
    exams = held_exams(story)
    doubled += len(exams) - len({name.partition("/")[0] for name in story.told.images})
    filed = [id_ for login in sorted(set(story.told.requests.values())) for id_ in _filed(story, login)]
    answers = [one["id"] for one in nurse.get(f"/requests/{story.facts['request']}")["answers"]]
    for told, there in ((story.told.requests, filed), (story.told.answers, answers)):
        lost += len(set(told) - set(there))
        doubled += len(there) - len(set(told))
    acknowledged = len(story.told.images) + len(story.told.requests) + len(story.told.answers)
    return {"acknowledged": acknowledged, "lost": lost, "doubled": doubled}


def _filed(story: Story, login: str) -> list[str]:
    items = story.caller(login).get("/requests", limit=200)["items"]
    return [one["id"] for one in items if one["channel"] != "import"]
