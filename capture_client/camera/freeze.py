"""
When the freeze button was pressed, seen from the pictures alone.

A video processor that freezes repeats one picture, so consecutive frames differ by no more than the noise of the
cable and the codec. The rule: `frames` differences below `still_below`, with none that reaches `moving_above` in
between, make one still, which is the frame that completes them; no second one is taken until the picture moves
again. What lies between the two bounds is a codec's flicker: it counts for neither. A picture without contrast (no
signal, cap on) is never a still.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Differences are means of absolute grey differences, 0–255; contrast is a standard deviation of grey."""

    frames: int = 8
    still_below: float = 0.8
    moving_above: float = 1.5
    contrast_above: float = 6.0


@dataclass(frozen=True)
class Seen:
    """What is remembered between frames: how long the picture stands, and whether it has been taken."""

    standing: int = 0
    taken: bool = False


def look(seen: Seen, difference: float, contrast: float, rule: Rule) -> tuple[Seen, bool]:
    """One more frame, `difference` from the one before → what is remembered, and whether this frame is a still."""
    if difference >= rule.moving_above:
        return Seen(), False
    if difference >= rule.still_below:
        return seen, False
    standing = seen.standing + 1
    still = standing >= rule.frames and not seen.taken and contrast >= rule.contrast_above
    return Seen(standing, seen.taken or still), still
