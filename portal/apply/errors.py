"""Errors of the domain, told by their place in FILE."""

from vault.base.errors import Invalid


def at(place: str, problem: Invalid, **more: object) -> Invalid:
    """`problem` with its field below `place`, as in `facilities.0.contracts.1.start`."""
    values = {name: value for name, value in problem.values.items() if name != "field"}
    return Invalid(problem.reason, field=f"{place}.{problem.field}", **values, **more)
