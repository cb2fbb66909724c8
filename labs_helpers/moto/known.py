"""moto's backend of an account and region that a request's ARN names, only if there is one already.

A request can name any account and any region: looking one up must neither make an account nor fail.
"""

from __future__ import annotations

from typing import Any

from moto.backends import get_backend


def known(service: str, account: str, region: str) -> Any:
    """The backend, None where the account never used the service or the region does not exist."""
    return among(get_backend(service), account, region)  # type: ignore[call-overload]


def among(backends: Any, account: str, region: str) -> Any:
    """The same from one of moto's dictionaries of backends."""
    found = dict.get(backends, account)  # moto's own look-up makes what is not there
    return None if found is None or region not in found.regions else found[region]
