"""The path of the course's content (data/): next to the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]


@cache
def _root() -> Path:
    """Return the data/ folder.

    The place in a wheel comes first, because the folder next to an installed package can belong to other code.
    """
    for candidate in (_PACKAGE / "data", _PACKAGE.parent / "data"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(
        f"labs_helpers was installed without its content: neither {_PACKAGE / 'data'} nor "
        f"{_PACKAGE.parent / 'data'} exists. Install the package from its wheel, or work in a checkout."
    )


def notebooks_in(folder: Path) -> list[Path]:
    """Return the notebooks of the six days and of the weekend in a folder, in the order of the course."""
    return [*sorted(folder.glob("day*_*.ipynb")), *folder.glob("weekend_*.ipynb")]


def data_path(*parts: str) -> Path:
    """Return the path of a file or folder of the content, for example ``data_path("ledger.json")``.

    :param parts: names below data/, outermost first; without any, the path of data/ itself.
    :raises FileNotFoundError: if there is no file or folder with that name, or no content at all.
    """
    path = _root().joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"data/{'/'.join(parts)} doesn't exist (searched in {_root()})")
    return path
