"""The end of a run says loudly what was skipped and why; where everything is required, a skip is a failure."""

from collections import Counter

import pytest
from _pytest.terminal import TerminalReporter

from tests.services.needed import REQUIRE_ALL


def skipped(reporter: TerminalReporter) -> Counter[str]:
    """How many tests were skipped for each reason."""
    reasons: Counter[str] = Counter()
    for report in reporter.stats.get("skipped", []):
        longrepr = report.longrepr
        reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    return reasons


def tell(reporter: TerminalReporter) -> None:
    """One line for each reason, in red where it fails the run."""
    for reason, count in skipped(reporter).most_common():
        reporter.write_line(f"SKIPPED because {reason}: {count} tests", red=REQUIRE_ALL, yellow=not REQUIRE_ALL)
    if REQUIRE_ALL and skipped(reporter):
        reporter.write_line("KURA_TESTS_REQUIRE=all: the run fails because tests were skipped", red=True)


def fail_if_skipped(session: pytest.Session, reporter: TerminalReporter | None) -> None:
    """Turn a green run with skipped tests into a failed one, where everything is required."""
    if REQUIRE_ALL and reporter is not None and skipped(reporter) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
