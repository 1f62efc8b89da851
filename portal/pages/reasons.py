"""Why a request came here, in words: the router's codes and values in the reader's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _


def phrases(reasons: Sequence[Mapping[str, Any]]) -> list[str]:
    """Short phrases: the words themselves where words decided."""
    return [phrase for reason in reasons for phrase in _phrases(_flat(reason))]


def decided_by(reasons: Sequence[Mapping[str, Any]]) -> str:
    """`rule`, `learned`, `triage` or `person`: what the first reason says of it."""
    codes = {str(reason.get("code")) for reason in reasons}
    if "rule" in codes:
        return "rule"
    if codes & {"transferred", "reopened"}:
        return "person"
    return "learned" if codes & {"words", "about"} else "triage"


def _flat(reason: Mapping[str, Any]) -> dict[str, Any]:
    return {**reason.get("values", {}), **{name: value for name, value in reason.items() if name != "values"}}


def _phrases(reason: dict[str, Any]) -> list[str]:
    match reason.get("code"):
        case "words" | "about":
            return [f"“{word}”" for word in reason.get("words", [])]
        case "rule":
            found = reason.get("found")
            return (
                [_("rule %(number)s: “%(found)s”", number=reason["number"], found=found)]
                if found
                else [_("rule %(number)s", number=reason["number"])]
            )
        case "unsure":
            return [_("no department is sure enough")]
        case "nothing_fits" | "no_department":
            return [_("no department fits")]
        case "no_text":
            return [_("there is nothing to read")]
        case "transferred":
            return [_("handed over by %(who)s: %(why)s", who=reason.get("by", ""), why=reason.get("reason", ""))]
        case "reopened":
            return [_("reopened by %(who)s", who=reason.get("by", ""))]
        case "imported":
            return [_("taken in from another help desk")]
        case other:
            return [str(other)]
