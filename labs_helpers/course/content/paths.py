"""Where the course's content (data/) lies: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]


@cache
def _root() -> Path:
    """The data/ folder. The wheel's place comes first: beside an installed package lies others' code."""
    for candidate in (_PACKAGE / "data", _PACKAGE.parent / "data"):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(
        f"labs_helpers was installed without its content: neither {_PACKAGE / 'data'} nor "
        f"{_PACKAGE.parent / 'data'} is a folder; install the package from its wheel or work in a checkout"
    )


def data_path(*parts: str) -> Path:
    """The path of one file or folder of the content, for instance ``data_path("ledger.json")``.

    :param parts: names below data/, from the outside in; none gives data/ itself.
    :raises FileNotFoundError: when there is nothing of that name, or no content at all.
    """
    path = _root().joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"no content at data/{'/'.join(parts)} (looked in {_root()})")
    return path
