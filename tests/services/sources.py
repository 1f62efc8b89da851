"""The project's own source files, for the tests that read them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("portal", "search", "routing", "vault", "capture_client", "templates")


def python_files(*folders: str) -> list[Path]:
    """Every Python file below the folders, relative to the checkout."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path.relative_to(ROOT) for path in found)


def tracked_files() -> list[Path]:
    """What the repository holds; in an export without .git, what its own folders hold."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        return [Path(name) for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    folders = (*PACKAGES, "tests", "benchmarks", "docs", "deploy", "requirements", ".ci")
    return sorted(
        path.relative_to(ROOT)
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


@cache
def text(path: Path) -> str:
    """A file's text; of a binary file, nothing."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def tree(path: Path) -> ast.Module:
    """A Python file's syntax tree."""
    return ast.parse(text(path), filename=str(path))
