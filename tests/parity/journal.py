"""The journal of a run, with a line for each thing that was about to be created, was created, or was undone. A line is
written to the disk before and after each call that creates something, so that `clean` can remove what an interrupted
run has left.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.parity import undo

Step = tuple[str, dict[str, Any]]


class Journal:
    """A run's journal. An existing file is continued."""

    def __init__(self, path: Path):
        self.path = path
        self._number = 0
        self._open: dict[int, list[Step]] = {}
        self._unknown: dict[int, str] = {}
        if path.exists():
            self._read()
        path.parent.mkdir(parents=True, exist_ok=True)

    @property
    def started(self) -> dict[str, Any]:
        """Return the data about the run in the first line: `run`, `account`, `where`."""
        line = self.path.read_text(encoding="utf-8").splitlines()[0]
        found: dict[str, Any] = json.loads(line)["started"]
        return found

    def start(self, **about: Any) -> None:
        """Write the first line."""
        self._write({"started": about})

    def intend(self, method: str, sent: Mapping[str, Any]) -> int | None:
        """Write that a call is about to be made, or return None if it creates nothing permanent."""
        if method not in undo.UNDO:
            return None
        self._number += 1
        plain = json.loads(json.dumps(sent, default=lambda value: f"({type(value).__name__})"))
        self._write({"intend": self._number, "method": method, "sent": plain})
        self._note(self._number, method, plain)
        return self._number

    def made(self, number: int, method: str, sent: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Write that the call succeeded, and how to undo it."""
        steps = undo.undo(method, sent, answer)
        self._write({"made": number, "undo": steps})
        self._open[number] = steps
        self._unknown.pop(number, None)

    def done(self, number: int) -> None:
        """Write that nothing is left of a call, because it was rejected or undone."""
        self._write({"done": number})
        self._open.pop(number, None)
        self._unknown.pop(number, None)

    @property
    def to_undo(self) -> list[tuple[int, list[Step]]]:
        """Return the calls to undo, newest first."""
        return sorted(self._open.items(), reverse=True)

    @property
    def unknown(self) -> list[str]:
        """Return the calls whose answers never arrived, although undoing them requires the answer."""
        return list(self._unknown.values())

    def _note(self, number: int, method: str, sent: Mapping[str, Any]) -> None:
        try:
            self._open[number] = undo.undo(method, sent, None)
        except LookupError:
            self._unknown[number] = f"{method} {json.dumps(sent)[:200]}"

    def _read(self) -> None:
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue  # the line that an interrupt cut off
            if "intend" in row:
                self._number = row["intend"]
                self._note(row["intend"], row["method"], row["sent"])
            elif "made" in row:
                self._open[row["made"]] = [(method, sent) for method, sent in row["undo"]]
                self._unknown.pop(row["made"], None)
            elif "done" in row:
                self._open.pop(row["done"], None)
                self._unknown.pop(row["done"], None)

    def _write(self, row: Mapping[str, Any]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
            file.flush()
            os.fsync(file.fileno())
