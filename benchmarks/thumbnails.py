"""
Thumbnails, per image and core: how long the limited process takes to make both sizes of one still.

    python -m benchmarks.thumbnails [--images 40] [--rounds 5]

For each size of picture that endoscopes make: JPEGs of smooth colours under noise, of 150 to 400 kB as stills have, go
through one process (it uses one core), one after the other, as `thumbnails.make` sends them. Its start is measured
apart. Prints the median of the rounds, in ms an image: `wall` as the asker waits, and `core`, what the process spent of
its processor.
"""

import argparse
import io
import json
import random
import resource
import statistics
from time import perf_counter

from PIL import Image

from vault.exams.workshop import Workshop

SIZES = ((720, 576), (1024, 768), (1280, 720), (1280, 1024), (1920, 1080))
SMALLEST, LARGEST = 150_000, 400_000
Seconds = tuple[float, float]


def main() -> None:
    """Print a line for each size, then the mean of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    dice = random.Random(20261128)
    stills = {size: [still(size, dice) for _ in range(given.images)] for size in SIZES}
    rounds = {size: [_round(contents) for _ in range(given.rounds)] for size, contents in stills.items()}
    figures = {
        size: tuple(statistics.median(one) for one in zip(*found, strict=True)) for size, found in rounds.items()
    }
    for (width, height), found in figures.items():
        kilobytes = sum(map(len, stills[width, height])) / given.images / 1000
        print(json.dumps({"size": f"{width}x{height}", "kB": round(kilobytes)} | _in_ms(found)))
    print(json.dumps({"size": "mean"} | _in_ms(tuple(map(statistics.mean, zip(*figures.values(), strict=True))))))
    print(json.dumps({"start_ms": round(1000 * _start(stills[SIZES[0]][0]), 1)}))


def still(size: tuple[int, int], dice: random.Random) -> bytes:
    """A JPEG of the best quality that keeps within the bytes of a still."""
    colours = Image.frombytes("RGB", (12, 9), dice.randbytes(12 * 9 * 3)).resize(size, Image.Resampling.BICUBIC)
    noise = Image.merge("RGB", [Image.effect_noise(size, 40) for _ in range(3)])
    picture, most = Image.blend(colours, noise, 0.25), dice.randint(SMALLEST, LARGEST)
    for quality in range(96, 20, -4):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        if out.tell() <= most:
            break
    return out.getvalue()


def _round(contents: list[bytes]) -> Seconds:
    """(wall, core) an image, in seconds; the process runs already when the clock starts, and its start is taken off."""
    idle = _spent(contents[:1])[1]
    wall, core = _spent(contents)
    return wall / (len(contents) - 1), (core - idle) / (len(contents) - 1)


def _spent(contents: list[bytes]) -> Seconds:
    """(wall of all but the first, processor of the whole process), in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with Workshop() as workshop:
        _make(workshop, contents[0])
        began = perf_counter()
        for content in contents[1:]:
            _make(workshop, content)
        wall = perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _start(content: bytes) -> float:
    """What the first image waits, its own making included."""
    began = perf_counter()
    with Workshop() as workshop:
        _make(workshop, content)
        return perf_counter() - began


def _make(workshop: Workshop, content: bytes) -> None:
    outcome = workshop.make(content)
    if outcome.error:
        raise AssertionError(outcome.error)


def _in_ms(found: tuple[float, ...]) -> dict[str, float]:
    return {f"{name}_ms": round(1000 * seconds, 2) for name, seconds in zip(("wall", "core"), found, strict=True)}


if __name__ == "__main__":
    main()
