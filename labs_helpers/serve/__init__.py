"""The cloud as an AWS endpoint on loopback, for every client that is no boto3 in this process.

The AWS CLI, other SDKs, other processes, a browser: their requests pass the same gate, and change the same state, as
the calls of a notebook. It needs the extra `labs_helpers[endpoint]`: Tornado reads and writes HTTP, trustme makes the
certificates. docs/endpoint.md tells how it is used.
"""

from __future__ import annotations

from importlib.util import find_spec

NEEDED = "other programs reach this cloud by two packages more: python -m pip install tornado trustme"


def installed() -> bool:
    """Whether the extra is here."""
    return find_spec("tornado") is not None and find_spec("trustme") is not None
