"""The cloud as an AWS endpoint on loopback, for clients other than boto3 in this process.

Requests from the AWS CLI, other SDKs, other processes, and browsers pass through the same gate as a notebook's calls,
and change the same state. The endpoint needs the extra `labs_helpers[endpoint]`: Tornado reads and writes HTTP, and
trustme creates the certificates. docs/endpoint.md shows how to use it.
"""

from __future__ import annotations

from importlib.util import find_spec

from labs_helpers.cloud.core import platform

NEEDED = "other programs need two more packages to reach this cloud: python -m pip install tornado trustme"
NOT_HERE = (
    "no other program can reach this cloud, because it runs in a page of your browser (docs/browser-alone.md)"
)


class Unreachable(ModuleNotFoundError):
    """The error raised if other programs can't reach this cloud: the extra is missing, or Python runs in a browser."""


def why_not() -> str | None:
    """Return the reason that other programs can't reach the cloud in this process, or None if they can reach it."""
    if not platform.can_serve():
        return NOT_HERE
    return None if find_spec("tornado") is not None and find_spec("trustme") is not None else NEEDED
