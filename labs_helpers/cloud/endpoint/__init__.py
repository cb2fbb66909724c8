"""The cloud as an AWS endpoint on loopback, for every client besides boto3 in this process.

Requests of the AWS CLI, other SDKs, other processes and a browser pass the same gate, and change the same state, as
the calls of a notebook. It needs the extra `labs_helpers[endpoint]`: Tornado reads and writes HTTP, trustme creates
the certificates. docs/endpoint.md shows how to use it.
"""

from __future__ import annotations

from importlib.util import find_spec

from labs_helpers.cloud.core import platform

NEEDED = "other programs reach this cloud by two packages more: python -m pip install tornado trustme"
NOT_HERE = "no other program reaches this cloud: it lives in a page of your browser (docs/browser-alone.md)"


class Unreachable(ModuleNotFoundError):
    """The error where other programs can't reach this cloud: the extra is missing, or this is a browser's Python."""


def why_not() -> str | None:
    """Return the reason why no other program can reach a cloud of this process, or None if they can."""
    if not platform.can_serve():
        return NOT_HERE
    return None if find_spec("tornado") is not None and find_spec("trustme") is not None else NEEDED
