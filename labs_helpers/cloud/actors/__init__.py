"""Simulated parties outside the cloud: authenticator apps, browsers, identity providers, code on an instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.cloud.actors.authenticator import Authenticator
    from labs_helpers.cloud.actors.browser import Browser
    from labs_helpers.cloud.actors.console import Console, SignInRefused
    from labs_helpers.cloud.actors.identity_center import IdentityCenter
    from labs_helpers.cloud.actors.identity_provider import IdentityProvider
    from labs_helpers.cloud.actors.metadata import ADDRESS as METADATA_ADDRESS
    from labs_helpers.cloud.actors.saml_provider import SamlProvider

_HOMES = {
    "METADATA_ADDRESS": "labs_helpers.cloud.actors.metadata:ADDRESS",
    "Authenticator": "labs_helpers.cloud.actors.authenticator",
    "Browser": "labs_helpers.cloud.actors.browser",
    "Console": "labs_helpers.cloud.actors.console",
    "IdentityCenter": "labs_helpers.cloud.actors.identity_center",
    "IdentityProvider": "labs_helpers.cloud.actors.identity_provider",
    "SamlProvider": "labs_helpers.cloud.actors.saml_provider",
    "SignInRefused": "labs_helpers.cloud.actors.console",
}
__all__ = [
    "METADATA_ADDRESS",
    "Authenticator",
    "Browser",
    "Console",
    "IdentityCenter",
    "IdentityProvider",
    "SamlProvider",
    "SignInRefused",
]
__getattr__, __dir__ = exported(__name__, _HOMES)
