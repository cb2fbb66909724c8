"""The cloud as an AWS endpoint on loopback, for every client that is no boto3 in this process.

The AWS CLI, other SDKs, other processes, a browser: their requests pass the same gate, and change the same state, as
the calls of a notebook. It needs the extra `labs_helpers[endpoint]`: Tornado reads and writes HTTP, trustme makes the
certificates. docs/endpoint.md tells how it is used.
"""

from __future__ import annotations

from importlib.util import find_spec

from labs_helpers.cloud.core import platform

NEEDED = "other programs reach this cloud by two packages more: python -m pip install tornado trustme"
NOT_HERE = "no other program reaches this cloud: it lives in a page of your browser (docs/browser-alone.md)"


class Unreachable(ModuleNotFoundError):
    """No other program can reach a cloud of this process: the extra is missing, or it is a browser's Python."""


def why_not() -> str | None:
    """Why no other program can reach a cloud of this process: the place, or the extra that is missing. None: it can."""
    if not platform.can_serve():
        return NOT_HERE
    return None if find_spec("tornado") is not None and find_spec("trustme") is not None else NEEDED
