"""
The colour-cast analysis on labelled pictures: how many bands it finds, how often it is wrong, how long it takes.

    python -m benchmarks.colour_cast [--seed 101] [--count 200]

Pictures are those of tests/search/analysis/scenes.py: mucosa in four layouts under none to three troubles, with bands
of each strength (green added, of 255) upright, level and leaning, or with none. `precision` is what it would be with as
many pictures with a band as without. Milliseconds are of one core, for a picture of 1280×1024.
"""

import argparse
import json
import statistics
from time import process_time

import cv2
import numpy as np

from search.analysis.colour_cast import Pixels, measure
from tests.search.analysis.scenes import drawn, scenes

STRENGTHS = (8, 15, 25, 40, 70)
LARGE = (1280, 1024)
TIMED = 40


def main() -> None:
    """Print a line for pictures without a band, one for each strength, and the time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=101, help="of pictures that nothing was tuned on")
    parser.add_argument("--count", type=int, default=200, help="pictures of each strength")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    wrong = _suspected(given.seed, given.count, None)
    print(json.dumps({"band": "none", "pictures": given.count, "suspected": wrong}))
    for strength in STRENGTHS:
        found = _suspected(given.seed, given.count, strength)
        precision = round(found / (found + wrong), 3) if found else None
        recall = round(found / given.count, 3)
        print(json.dumps({"band": strength, "pictures": given.count, "recall": recall, "precision": precision}))
    pictures = [cv2.resize(drawn(scene), LARGE) for scene in scenes(given.seed, TIMED, None)]
    print(
        json.dumps({"ms": round(1000 * statistics.median(_seconds(np.asarray(one, np.uint8)) for one in pictures), 1)})
    )


def _suspected(seed: int, count: int, strength: float | None) -> int:
    return sum(measure(drawn(scene)).suspected for scene in scenes(seed, count, strength))


def _seconds(picture: Pixels) -> float:
    began = process_time()
    measure(picture)
    return process_time() - began


if __name__ == "__main__":
    main()
