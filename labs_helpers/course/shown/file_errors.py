"""Errors in files, as one line that names the file: for commands, whose users don't know Python's errors."""

from __future__ import annotations

from pathlib import Path


def file_problem(error: OSError) -> str:
    """Return the problem that an error reports: `report.csv already exists: …`, `a.json: No such file or directory`."""
    if error.strerror is None:  # an error of this project, which has its own text
        return str(error)
    name = Path(error.filename) if error.filename is not None else None
    if isinstance(error, FileExistsError) and name is not None:
        return f"{name} already exists: choose another name, or move it"
    return f"{name}: {error.strerror}" if name is not None else error.strerror
