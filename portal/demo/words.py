"""What the demo says: who there is to be, and the steps of the main job, in English on the terminal."""

from flask_babel import lazy_gettext as _l

PEOPLE = (
    ("f001-nurse", "Open the request and read both answers; file one of your own.", "/requests"),
    ("f001-admin", "See who looked into the area, and why; then put a contract together.", "/access-log"),
    ("repair1", "Take the next item of Repair and answer it.", "/queue"),
    ("clinical1", "See what reached Clinical Support, and why.", "/queue"),
    ("analyst1", "Search 緑色の帯 across all areas, with a purpose.", "/search"),
    ("admin1", "See what needs someone; try the router; sign what facilities offer.", "/admin/"),
    ("f002-nurse", "A stranger: try to open another facility's exam.", "/exams"),
)
"""The demo's people: what each has to try, and where it is."""

STEPS = {
    "history": _l("40 facilities, 5 departments, and a history of 2,000 answered requests"),
    "up": _l("the server is up"),
    "device": _l("endoscopy room 1 has its capture client"),
    "filmed": _l("an exam is filmed: moving mucosa, the freeze button pressed %(stills)s times (%(size)s KB of video)"),
    "recorded": _l(
        "recorded and backed up after the exam, connection cut %(cuts)s times, resumed; %(images)s images held"
    ),
    "killed": _l("a second exam: the server killed with SIGKILL in mid-commit, started again, the exam is held once"),
    "verified": _l("receipts verified offline: signatures, digests, chain (%(receipts)s receipts, %(images)s images)"),
    "filed": _l("a nurse marks two images and files a request"),
    "routed": _l("the sweep collects it; the router sends it to %(where)s"),
    "claimed": _l("one person of Repair claims it; a second claim is refused: held by %(holder)s"),
    "answered": _l("Repair asks back, the nurse replies, both departments answer"),
    "notice": _l("the terminal in the room shows a notice for each: %(notice)s"),
    "picked-up": _l("the nurse picks both answers up by name; the request is %(state)s"),
    "waiting": _l("three more requests are filed and wait, one each in Repair, Clinical Support and Triage"),
    "stranger": _l("a stranger facility that guesses the address gets 404"),
    "searched": _l("the analyst, under a stated purpose, finds green bands in other areas: %(areas)s"),
    "analysed": _l(
        "the colour-cast analysis over the exams of %(model)s: %(suspected)s of %(images)s images stand out"
    ),
    "access-log": _l("the facility's administrator reads who looked: %(who)s, “%(why)s”"),
}
