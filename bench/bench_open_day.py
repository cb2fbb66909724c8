"""Benchmark for opening a day in a warm kernel: from `open_day(n)` until the HTML of its card is ready."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROUNDS = 5
DAYS = (1, 2, 3, 4, 5, 6, 7)
_OPEN = """
import time
from labs_helpers import open_day, open_weekend
begun = time.perf_counter(), time.process_time()
{call}
print("PROBE", time.perf_counter() - begun[0], time.process_time() - begun[1])
"""


def opened(days: list[int]) -> list[tuple[bool, float, float]]:
    """Open days one after the other in one kernel, and return whether each day showed a card, and how long it took.

    The times are in seconds: of elapsed time and of processor time.
    """
    calls = ["open_weekend()" if day == 7 else f"open_day({day})" for day in days]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(_OPEN.format(call=call)) for call in calls],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": folder}}).execute()
    found = []
    for cell in notebook.cells:
        card = any("text/html" in output.get("data", {}) for output in cell.outputs)
        (said,) = [
            line.split()
            for output in cell.outputs
            for line in output.get("text", "").splitlines()
            if line.startswith("PROBE ")
        ]
        found.append((card, float(said[1]), float(said[2])))
    return found


def main() -> None:
    """Print each day's median and maximum opening time, after every day has been opened once in the same kernel."""
    os.environ["LABS_PROGRESS"] = str(Path(tempfile.mkdtemp()) / "progress.json")
    found = opened([*DAYS] * (ROUNDS + 1))
    warm, *rounds = [found[start : start + len(DAYS)] for start in range(0, len(found), len(DAYS))]
    if not all(card for each in (warm, *rounds) for card, _, _ in each):
        sys.exit("A day was opened without a card")
    print(f"{'':<10}{'median':>9}{'slowest':>9}{'CPU':>9}")
    for place, day in enumerate(DAYS):
        clock = [each[place][1] for each in rounds]
        processor = statistics.median(each[place][2] for each in rounds)
        name = "weekend" if day == 7 else f"Day {day}"
        print(f"{name:<10}{statistics.median(clock):>7.2f} s{max(clock):>7.2f} s{processor:>7.2f} s")


if __name__ == "__main__":
    main()
