"""AWS security week: a six-day course on a simulated AWS that enforces every policy.

Importing this package loads neither boto3 nor moto.

from labs_helpers import open_day
day = open_day(2)
"""

import sys
from typing import TYPE_CHECKING, Any

# Old Pythons read this file as well, so nothing above this line, and no syntax in the file, is newer than Python 3.6.
if sys.version_info < (3, 11):  # noqa: UP036  # any Python on a machine can run a checkout
    raise SystemExit(
        "labs_helpers needs Python 3.11 to 3.14. This is Python {}.{}: {}\n"
        "Create an environment with a supported version, for example: python3.13 -m venv .venv".format(
            *sys.version_info[:2], sys.executable
        )
    )

from labs_helpers import retired

if TYPE_CHECKING:
    from labs_helpers.course import open_day, open_weekend

retired.install()

__all__ = ["__version__", "open_day", "open_weekend"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the course on first use, because the engine and `python -m labs_helpers` don't need it."""
    if name in ("open_day", "open_weekend"):
        from labs_helpers import course

        return getattr(course, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
