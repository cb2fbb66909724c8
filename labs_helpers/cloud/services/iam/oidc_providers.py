"""OpenID Connect providers: the issuers and client IDs whose tokens an account accepts.

Thumbprints are stored and returned, but not used for verification. AWS uses them only for issuers whose
certificates don't come from a trusted authority, and issuers inside the cloud don't use TLS.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam.entities import (
    already_exists,
    check_tags,
    find_provider,
    invalid_input,
    limit_exceeded,
    validation_error,
    with_optional,
)

PROVIDERS_PER_ACCOUNT = 100
CLIENTS_PER_PROVIDER = 100
THUMBPRINTS = 5
"""The maximum numbers of thumbprints, client IDs, and providers, which are AWS's quotas.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
_THUMBPRINT = re.compile("[0-9a-fA-F]{40}")
_NOT_MODELLED = ("ContextProvider", "IdentityCenterInstanceArn")


@operation("iam", "CreateOpenIDConnectProvider")
def create_open_id_connect_provider(call: Call) -> dict[str, Any]:
    """Create an OpenID Connect provider for an https URL, with client IDs, thumbprints, and tags.

    If the request contains no thumbprints, AWS fetches the issuer's thumbprint. This cloud derives one from the URL.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
    """
    given, tags = call.parameters, check_tags(call)
    for name in _NOT_MODELLED:
        if given.get(name):
            raise NotModelled(f"iam:{call.operation} with {name}: trusted identity propagation isn't modeled")
    url = urlsplit(given["Url"])
    if url.scheme != "https" or not url.hostname or url.query or url.fragment or url.port:
        raise validation_error("Invalid Open ID Connect Provider URL")
    thumbprints = _thumbprints(call, [hashlib.sha1(given["Url"].encode(), usedforsecurity=False).hexdigest()])
    clients = list(dict.fromkeys(given.get("ClientIDList") or []))
    if len(clients) > CLIENTS_PER_PROVIDER:
        raise limit_exceeded("ClientIdsPerOpenIdConnectProvider", CLIENTS_PER_PROVIDER)
    arn = f"arn:aws:iam::{call.account}:oidc-provider/{url.netloc}{url.path.rstrip('/')}"
    known = moto_iam.backend(call.account).open_id_providers
    if arn in known:
        raise already_exists(f"Provider with url {given['Url']} already exists.")
    if len(known) >= PROVIDERS_PER_ACCOUNT:
        raise limit_exceeded("OpenIdConnectProvidersPerAccount", PROVIDERS_PER_ACCOUNT)
    moto_iam.add_oidc_provider(call.account, given["Url"].rstrip("/"), thumbprints, clients, tags, call.time)
    return with_optional({"OpenIDConnectProviderArn": arn}, Tags=tags)


def _thumbprints(call: Call, default: list[str]) -> list[str]:
    """Return the thumbprints of a request, or the default. Raises InvalidInput if they aren't valid."""
    thumbprints = list(call.parameters.get("ThumbprintList") or default)
    if len(thumbprints) > THUMBPRINTS:
        raise invalid_input("Thumbprint list must contain fewer than 5 entries.")
    if not all(_THUMBPRINT.fullmatch(each) for each in thumbprints):
        raise invalid_input("A thumbprint has 40 hexadecimal digits.")
    return thumbprints


@operation("iam", "GetOpenIDConnectProvider")
def get_open_id_connect_provider(call: Call) -> dict[str, Any]:
    """Return a provider's URL, client IDs, thumbprints, and tags.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
    """
    provider = find_provider(call)
    members = {
        "Url": provider.url, "ClientIDList": list(provider.client_id_list),
        "ThumbprintList": list(provider.thumbprint_list), "CreateDate": provider.create_date,
    }  # fmt: skip
    # OBSERVED in 2021 and 2023: Tags is present even if there are no tags.
    return {**members, "Tags": moto_iam.stored_tags(provider)}


@operation("iam", "ListOpenIDConnectProviders")
def list_open_id_connect_providers(call: Call) -> dict[str, Any]:
    """List the ARNs of the account's OpenID Connect providers.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
    """
    arns = moto_iam.backend(call.account).open_id_providers
    return {"OpenIDConnectProviderList": [{"Arn": arn} for arn in arns]}


@operation("iam", "UpdateOpenIDConnectProviderThumbprint")
def update_open_id_connect_provider_thumbprint(call: Call) -> dict[str, Any]:
    """Replace a provider's thumbprints.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html
    """
    provider = find_provider(call)
    provider.thumbprint_list = _thumbprints(call, [])
    return {}


@operation("iam", "DeleteOpenIDConnectProvider")
def delete_open_id_connect_provider(call: Call) -> dict[str, Any]:
    """Delete a provider. The operation is idempotent: deleting a nonexistent provider succeeds.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
    """
    moto_iam.backend(call.account).open_id_providers.pop(call.parameters["OpenIDConnectProviderArn"], None)
    return {}


@operation("iam", "AddClientIDToOpenIDConnectProvider")
def add_client_id(call: Call) -> dict[str, Any]:
    """Add a client ID to a provider. Adding an existing client ID changes nothing.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
    """
    clients, client = find_provider(call).client_id_list, call.parameters["ClientID"]
    if client not in clients:
        if len(clients) >= CLIENTS_PER_PROVIDER:
            raise limit_exceeded("ClientIdsPerOpenIdConnectProvider", CLIENTS_PER_PROVIDER)
        clients.append(client)
    return {}


@operation("iam", "RemoveClientIDFromOpenIDConnectProvider")
def remove_client_id(call: Call) -> dict[str, Any]:
    """Remove a client ID from a provider. Removing a client ID that the provider doesn't have changes nothing.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
    """
    clients, client = find_provider(call).client_id_list, call.parameters["ClientID"]
    if client in clients:
        clients.remove(client)
    return {}
