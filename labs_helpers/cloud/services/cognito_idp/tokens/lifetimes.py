"""The lifetimes of a client's tokens."""

from __future__ import annotations

from datetime import timedelta

from labs_helpers.cloud.services.cognito_idp.state import Client

_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


_DEFAULTS = {"AccessToken": (1, "hours"), "IdToken": (1, "hours"), "RefreshToken": (30, "days")}


def lifetime(client: Client, kind: str) -> timedelta:
    """Return the validity period of a client's AccessToken, IdToken, or RefreshToken."""
    number, unit = _DEFAULTS[kind]
    number = client.settings.get(f"{kind}Validity") or number
    unit = (client.settings.get("TokenValidityUnits") or {}).get(kind) or unit
    return timedelta(seconds=number * _UNITS[unit])
