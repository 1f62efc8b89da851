"""The house rules that no tool checks: who reads the clock, who loads rows, what a table and a file must have."""

import ast
import re
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from portal.tables import METADATA
from tests.services.sources import PACKAGES, ROOT, python_files, text, tracked_files, tree

APPLICATION = python_files(*PACKAGES)
EVERYTHING = python_files(*PACKAGES, "tests", "benchmarks", "requirements")

READS_THE_CLOCK = {Path("vault/base/clock.py"), Path("capture_client/clock.py")}
CLOCK_CALLS = {
    *(f"datetime.{name}" for name in ("now", "utcnow", "today")),
    *("datetime.datetime.now", "date.today", "datetime.date.today", "time.time", "time.time_ns"),
}

LOADS_BY_BARE_ID = {Path("vault/base/scope.py")}

# Tables without facility_id, and whose rows they are instead. A table that holds anything of a facility is not here.
NOT_OF_ONE_FACILITY = {
    "facilities": "the areas themselves",
    "provider": "the provider's own name and telephone",
    "departments": "the provider's",
    "work_calendars": "the provider's hours of work",
    "department_promises": "the provider's departments promise them",
    "notice_marks": "a person's own: how far they have read",
    "memberships": "of the provider's people in the provider's departments",
    "billing_months": "the provider's months, each closed over all areas",
    "billing_numbers": "the provider's numbers of quotations, invoices, credit notes and receipts",
    "bank_lines": "the provider's bank statement; which facility paid is the payment's",
    "bank_files": "the provider's own statement, read but not taken",
    "kept_answers": "a department's canned answers",
    "route_rules": "the provider's routing rules",
    "price_plans": "what the provider offers everybody",
    "router_models": "learned by the provider from all areas",
    "receipt_keys": "the installation's public keys, shown to everybody",
    "apply_records": "what `kura apply` did to the whole installation",
    "cases": "the provider's reasons to search across areas",
    "search_records": "the provider's searches; what a facility may know of them is in its audit log",
    "audit_heads": "the last digest of each area's chain, and of the provider's own",
    "recovery_codes": "a person's, of a facility or of the provider",
    "sign_in_failures": "counted for each login, also one that nobody has",
    "sign_in_links": "a person's, of a facility or of the provider",
    "tokens": "a login's, of a facility or of the provider",
    "vault_places": "where the whole vault lies",
    "pack_leases": "of the backup of the whole installation",
    "restorations": "of the whole installation",
}

BANNED_NAMES = re.compile(r"^(?:utils?|helpers?|commons?|managers?|misc)$|_(?:utils?|helpers?|manager)$")

# Spelt in pieces, so that this file holds none of them.
HOSTS = [".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org"))]
FOREIGN = re.compile(
    r"(?<![\w.*}])/(?:" + "|".join(("work", "root", "opt/wheels", r"opt/pypi[\w-]*")) + r")/"
    r"|/home/(?!you\b|kura\b)\w+/|" + "|".join(rf"\b{re.escape(host)}\b" for host in HOSTS)
)


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of each call in the file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def imports_from(path: Path, module: str, name: str) -> bool:
    """Whether the file says `from module import name`."""
    return any(
        isinstance(node, ast.ImportFrom) and node.module == module and any(alias.name == name for alias in node.names)
        for node in ast.walk(tree(path))
    )


def test_every_file_begins_by_saying_what_it_is() -> None:
    silent = [
        str(path)
        for path in EVERYTHING
        if text(path) and not (text(path).startswith(('"""', 'r"""', "#!")) and ast.get_docstring(tree(path)))
    ]
    assert not silent, f"the first line is a docstring: {silent}"


def test_only_the_clock_reads_the_time() -> None:
    found = [
        f"{path}:{line} {called}"
        for path in APPLICATION
        if path not in READS_THE_CLOCK
        for line, called in calls(path)
        if called in CLOCK_CALLS
    ]
    assert not found, f"use vault.base.clock (in the capture client its own clock): {found}"


def test_no_row_is_loaded_by_its_bare_id() -> None:
    found = [
        f"{path}:{line} {called}"
        for path in APPLICATION
        # Flask's session is a dict of the same name; capture_client's database holds one facility's rows.
        if path not in LOADS_BY_BARE_ID and path.parts[0] != "capture_client" and not _uses_flask_session(path)
        for line, called in calls(path)
        if re.search(r"\bsession\.(?:get|get_one)$", called)
    ]
    assert not found, f"use get_for(session, scope, …): {found}"


def _uses_flask_session(path: Path) -> bool:
    return imports_from(path, "flask", "session")


def test_every_table_of_a_facility_says_whose_its_rows_are() -> None:
    without = {name for name, table in METADATA.tables.items() if "facility_id" not in table.columns}
    unknown = without - NOT_OF_ONE_FACILITY.keys()
    assert not unknown, f"add TenantRow, or say in NOT_OF_ONE_FACILITY whose rows they are: {sorted(unknown)}"


def test_names_say_something() -> None:
    parts = {part for path in EVERYTHING for part in (*path.parts[:-1], path.stem)}
    assert not {part for part in parts if BANNED_NAMES.search(part)}


def test_a_package_imports_only_what_stands_below_it() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_architecture_page_shows_the_import_contract() -> None:
    """In docs/architecture.md each code block marked ```layers lists one contract, the highest layer first."""
    page = text(Path("docs/architecture.md"))
    drawn = [
        [line.split()[0] for line in block.splitlines() if line.strip()]
        for block in re.findall(r"^```layers\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    ]
    contracts = tomllib.loads(text(Path("pyproject.toml")))["tool"]["importlinter"]["contracts"]
    assert drawn == [contract["layers"] for contract in contracts if contract["type"] == "layers"]


def test_every_test_that_the_reliability_page_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text(Path("docs/reliability.md")))
    gone = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists() or f"\ndef {name}" not in text(Path(file))
    ]
    assert named
    assert not gone


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = [
        f"{path}: {match.group()}"
        for path in tracked_files()
        if "vendor" not in path.parts
        for match in FOREIGN.finditer(text(path))
    ]
    assert not found


def test_files_and_functions_stay_short() -> None:
    """The budgets of the house: a longer one is allowed where it reads better than its pieces, but rarely."""
    files = [len(text(path).splitlines()) for path in APPLICATION if text(path)]
    functions = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in APPLICATION
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
    ]
    assert statistics.median(files) < 90
    assert share_above(300, files) < 0.03
    assert statistics.median(functions) < 9
    assert share_above(40, functions) < 0.03


def share_above(limit: int, sizes: list[int]) -> float:
    """The part of `sizes` that is greater than `limit`, 0 to 1."""
    return sum(size > limit for size in sizes) / len(sizes)
