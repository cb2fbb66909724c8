"""Benchmark for notebooks: each kernel's memory after opening the day and at the end, and its processor time."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
_PROBE = """
import time
with open("/proc/self/status") as status:
    kilobytes = dict(line.split(":", 1) for line in status)
print("PROBE", kilobytes["VmRSS"].split()[0], kilobytes["VmHWM"].split()[0], time.process_time())
"""


def figures(path: Path) -> list[list[float]]:
    """Return resident memory and its peak (in kilobytes), and processor seconds, after `open_day` and at the end."""
    notebook = nbformat.read(path, as_version=4)
    opens = next(place for place, cell in enumerate(notebook.cells) if _opens(cell))
    notebook.cells.insert(opens + 1, nbformat.v4.new_code_cell(_PROBE))
    notebook.cells.append(nbformat.v4.new_code_cell(_PROBE))
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook, timeout=300, allow_errors=True, resources={"metadata": {"path": folder}}
        ).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    said = [output.text for output in outputs if output.output_type == "stream"]
    return [[float(part) for part in text.split()[1:]] for text in said if text.startswith("PROBE ")]


def _opens(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "code" and "open_day(" in cell.source


def main() -> None:
    if not os.path.exists("/proc/self/status"):
        sys.exit("Measured on Linux only: nothing else has /proc/self/status")
    os.environ.pop("LABS_PROGRESS", None)
    print(f"{'':<30}{'opened':>9}{'end':>9}{'highest':>9}{'CPU':>8}")
    for path in sorted(NOTEBOOKS.glob("day*.ipynb")):
        (opened, _, _), (end, highest, seconds) = figures(path)
        print(
            f"{path.stem:<30}{opened / 1000:>6.0f} MB{end / 1000:>6.0f} MB{highest / 1000:>6.0f} MB{seconds:>6.0f} s"
        )


if __name__ == "__main__":
    main()
