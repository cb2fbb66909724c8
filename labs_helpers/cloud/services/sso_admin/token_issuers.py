"""Trusted token issuers: identity providers outside AWS whose tokens applications may exchange.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreateTrustedTokenIssuer.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/using-apps-with-trusted-token-issuer.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.identitystore.paging import PAGES
from labs_helpers.cloud.services.shared.resources import with_found
from labs_helpers.cloud.services.sso_admin.access import denied, find_part, manages, not_found, with_instance
from labs_helpers.cloud.services.sso_admin.errors import invalid
from labs_helpers.cloud.services.sso_admin.instances import given_tags
from labs_helpers.cloud.services.sso_admin.repeats import once
from labs_helpers.cloud.services.sso_admin.state import Instance, TokenIssuer

_SETTINGS = "OidcJwtConfiguration"


def _named_issuer(call: Call) -> tuple[Instance, TokenIssuer]:
    arn = call.parameters["TrustedTokenIssuerArn"]
    instance = find_part(call, arn, "The trusted token issuer was not found.")
    if arn not in instance.token_issuers:
        raise not_found(call, "The trusted token issuer was not found.")
    if not manages(call, instance):
        raise denied()
    return instance, instance.token_issuers[arn]


_with_issuer = with_found(_named_issuer)
"""Give an operation the issuer that TrustedTokenIssuerArn names, and its instance."""


@operation("sso-admin", "CreateTrustedTokenIssuer")
@with_instance
def create_token_issuer(call: Call, instance: Instance) -> Mapping[str, Any]:
    return once(call, lambda: _create(call, instance))


def _create(call: Call, instance: Instance) -> dict[str, Any]:
    given, tags = call.parameters, given_tags(call)
    settings = given["TrustedTokenIssuerConfiguration"].get(_SETTINGS)
    if settings is None:
        raise invalid(f"A trusted token issuer of the type OIDC_JWT needs an {_SETTINGS}.")
    arn = f"arn:aws:sso::{call.caller_account}:trustedTokenIssuer/{instance.id}/tti-{call.state.ids.uuid()}"
    instance.token_issuers[arn] = TokenIssuer(
        arn, given["Name"], given["TrustedTokenIssuerType"], dict(settings)
    )
    instance.tags[arn] = tags
    return {"TrustedTokenIssuerArn": arn}


@operation("sso-admin", "DescribeTrustedTokenIssuer")
@_with_issuer
def describe_token_issuer(_: Call, __: Instance, found: TokenIssuer) -> Mapping[str, Any]:
    return _shown(found) | {"TrustedTokenIssuerConfiguration": {_SETTINGS: found.settings}}


@operation("sso-admin", "UpdateTrustedTokenIssuer")
@_with_issuer
def update_token_issuer(call: Call, _: Instance, found: TokenIssuer) -> Mapping[str, Any]:
    """What is not given stays; the issuer's URL can't be changed."""
    given = call.parameters
    found.name = given.get("Name") or found.name
    found.settings |= (given.get("TrustedTokenIssuerConfiguration") or {}).get(_SETTINGS) or {}
    return {}


@operation("sso-admin", "DeleteTrustedTokenIssuer")
@_with_issuer
def delete_token_issuer(_: Call, instance: Instance, found: TokenIssuer) -> Mapping[str, Any]:
    """Applications that trusted it keep the grant, which is good for nothing."""
    del instance.token_issuers[found.arn]
    instance.tags.pop(found.arn, None)
    return {}


@operation("sso-admin", "ListTrustedTokenIssuers")
@with_instance
def list_token_issuers(call: Call, instance: Instance) -> Mapping[str, Any]:
    return PAGES.page(call, "TrustedTokenIssuers", [_shown(each) for each in instance.token_issuers.values()])


def _shown(issuer: TokenIssuer) -> dict[str, Any]:
    return {
        "TrustedTokenIssuerArn": issuer.arn,
        "Name": issuer.name,
        "TrustedTokenIssuerType": issuer.type,
    }
