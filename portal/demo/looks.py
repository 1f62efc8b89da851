"""Who looks in the main job: a stranger in vain, the analyst with a purpose, the administrator at the looks."""

from urllib.parse import quote

from portal.demo import names
from portal.demo.callers import Json, Refused
from portal.demo.exams import SCOPE_MODEL
from portal.demo.telling import Story, until

PURPOSE = "今月の緑色の帯の報告を施設をまたいで調べる"


def stranger(story: Story) -> None:
    """Whoever guesses an address learns nothing."""
    with story.step("stranger"):
        guessing = story.caller(f"{names.STRANGER}-nurse")
        for path in (f"/exams/{story.facts['exam']}", f"/requests/{story.facts['request']}"):
            try:
                guessing.get(path)
            except Refused as refused:
                if refused.status != 404:
                    raise
            else:
                raise RuntimeError(f"a stranger read {path}")


def search(story: Story) -> None:
    """Across all areas, under a purpose."""
    with story.step("searched") as step:
        analyst = story.caller("analyst1")
        headers = {"Kura-Purpose": quote(PURPOSE)}
        kinds = {"kind": "request", "limit": 50}

        def found() -> set[str]:
            page = analyst.get("/search", headers=headers, q='緑色の帯 OR "green band"', **kinds)
            return {item["facility"] for item in page["items"]}

        until(lambda: set(names.BANDED) | {names.HERO} <= found())
        others = sorted(found() - {names.HERO})
        if others != sorted(names.BANDED):
            raise RuntimeError(f"green bands were found in {others}")
        step.says(areas=", ".join(others))
        step.shown(f"/search?purpose={quote(PURPOSE)}&q={quote('緑色の帯')}", "analyst1")


def analyse(story: Story) -> None:
    """What the search led to, measured on the images themselves."""
    with story.step("analysed") as step:
        analyst = story.caller("analyst1")

        def measured() -> Json:
            order = {"kind": "colour-cast", "filter": {"scope_model": SCOPE_MODEL}, "purpose": PURPOSE}
            id_ = analyst.post("/analyses", order)["id"]
            until(lambda: analyst.get(f"/analyses/{id_}")["state"] == "done")
            step.shown(f"/analyses/{id_}", "analyst1")
            result: Json = analyst.get(f"/analyses/{id_}")["result"]
            return result

        until(lambda: not measured()["unread"])  # thumbnails, which it measures, are made after ingest has rested
        result = measured()
        if not 0 < result["suspected"] < result["images"]:
            raise RuntimeError(f"{result['suspected']} of {result['images']} images stand out")
        step.says(model=SCOPE_MODEL, suspected=result["suspected"], images=result["images"])


def administrator(story: Story) -> None:
    """Every look is in the facility's own log."""
    with story.step("access-log") as step:
        step.shown("/access-log", f"{names.HERO}-admin")
        looks = story.caller(f"{names.HERO}-admin").get("/access-log", limit=200)["items"]
        seen = {one["what"] for one in looks if one["who"] == "analyst1" and one["why"] == PURPOSE}
        if not {"search.found", "analysis.looked"} <= seen:
            raise RuntimeError(f"of the analyst's looks the access log has {sorted(seen)}")
        step.says(who="analyst1", why=PURPOSE)
