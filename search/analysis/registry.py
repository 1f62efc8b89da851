"""The analyses there are, by the name the API gives them."""

from collections.abc import Callable

from search.analysis import colour_cast
from search.analysis.colour_cast import Finding, Pixels

Measure = Callable[[Pixels], Finding]

KINDS: dict[str, Measure] = {"colour-cast": colour_cast.measure}
