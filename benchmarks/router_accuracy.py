"""
Accuracy, coverage, calibration and speed of the learned router on public labelled texts.

    python benchmarks/router_accuracy.py TRAIN.jsonl TEST.jsonl [--none OUTOFSCOPE.jsonl] [--each 10] [--pairs 400]

Each line of a file is `{"text": …, "departments": […]}`. With --each, only so many examples of a department are learned
from, picked by a fixed seed; the figure is then the mean of five picks. With --pairs, so many texts of
two topics (and as many of one topic in two sentences) are made of two lines of TEST each.
"""

import argparse
import json
import random
import tempfile
from collections import defaultdict
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.metrics import roc_auc_score

from routing.router import modelfile
from routing.router.about import Profile
from routing.router.evaluate import evaluate
from routing.router.router import Model, Router
from routing.router.rules import Facts
from routing.router.train import Example, train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--none", type=Path, help="texts that belong to no department")
    parser.add_argument("--each", type=int, help="learn from so many examples a department")
    parser.add_argument("--pairs", type=int, help="measure so many texts made of two lines")
    asked = parser.parse_args()
    learn, test = _read(asked.train), _read(asked.test)
    if asked.each:
        figures = [evaluate(_router(_few(learn, asked.each, seed))[0], test).accuracy for seed in range(5)]
        print(
            f"accuracy with {asked.each} examples a department  {np.mean(figures):.3f}",
            f"({min(figures):.3f}–{max(figures):.3f})",
        )
        return
    router, seconds, size = _router(learn)
    found = evaluate(router, test)
    print(f"trained on {len(learn)} in {seconds:.1f} s, model {size / 2**20:.1f} MiB")
    print(f"n {found.n}  accuracy {found.accuracy:.4f}  coverage at 95 % {found.coverage_at_95:.3f}")
    print(f"{found.ms_per_request:.2f} ms a request, decided with its reasons, one at a time")
    _print_stated(router, test)
    if asked.pairs:
        _print_pairs(router, test, asked.pairs)
    if asked.none:
        _print_none(router, test, _read(asked.none))


def _router(examples: list[Example]) -> tuple[Router, float, int]:
    """A router that knows only what it learned, through a file as in use; with seconds taken and bytes kept."""
    began = perf_counter()
    learned = train(examples)
    seconds = perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        modelfile.save(Path(folder), "model", learned)
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        learned = modelfile.load(Path(folder), "model")
    departments = [Profile(code, (), "") for code in learned.codes]
    return Router(departments, (), Model("benchmark", learned)), seconds, size


def _print_stated(router: Router, test: list[Example]) -> None:
    """What it routes alone at the limit that its own training states for 95 %, and how much of that is right."""
    assert router.model is not None
    limit = router.model.learned.sure_from(0.95)
    best = [(next(iter(router.probabilities(example.text).items())), example.departments) for example in test]
    alone = [code in departments for (code, probability), departments in best if probability >= limit]
    print(
        f"stated 95 %: routes {len(alone) / len(test):.3f} alone,",
        f"{np.mean(alone):.3f} of these right (limit {limit:.3f})",
    )


def _print_none(router: Router, test: list[Example], none: list[Example]) -> None:
    """How well the highest probability tells texts of no department from the others."""
    sure = [max(router.probabilities(example.text).values(), default=0.0) for example in (*test, *none)]
    area = roc_auc_score([1] * len(test) + [0] * len(none), sure)
    unsure = np.mean(np.array(sure[len(test) :]) < 0.5)
    print(f"out of scope: AUROC {area:.3f}, {unsure:.3f} of {len(none)} to triage")


def _print_pairs(router: Router, test: list[Example], count: int) -> None:
    """How many texts of two topics reach both departments, and how many texts reach one that is not theirs."""
    dice = random.Random(3)
    for words, alike in (("two topics", False), ("one topic, two sentences", True)):
        all_found = any_extra = 0
        for _ in range(count):
            first, second = _pair(test, dice, alike)
            text = f"{_sentence(first.text)} {_sentence(second.text)}"
            wanted, got = {*first.departments, *second.departments}, set(router.decide(Facts(body=text)).departments)
            all_found += wanted <= got
            any_extra += bool(got - wanted)
        print(f"{words}: {all_found / count:.3f} reach every department, {any_extra / count:.3f} one more")


def _pair(test: list[Example], dice: random.Random, alike: bool) -> tuple[Example, Example]:
    while True:
        first, second = dice.sample(test, 2)
        if (first.departments == second.departments) is alike:
            return first, second


def _sentence(text: str) -> str:
    return text if text.endswith(("。", ".", "?", "？")) else f"{text}."


def _few(examples: list[Example], each: int, seed: int) -> list[Example]:
    mine: dict[tuple[str, ...], list[Example]] = defaultdict(list)
    for example in random.Random(seed).sample(examples, len(examples)):
        mine[example.departments].append(example)
    return [example for one in mine.values() for example in one[:each]]


def _read(path: Path) -> list[Example]:
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Example(line["text"], tuple(line["departments"])) for line in lines]


if __name__ == "__main__":
    main()
