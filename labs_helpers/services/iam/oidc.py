"""OpenID Connect providers: whose tokens an account accepts, for which clients.

Thumbprints are kept and shown, but nothing is verified with them: AWS looks at them only where an issuer's certificate
comes from no trusted authority, and issuers inside the cloud have no TLS.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from labs_helpers.core.call import Answer, Call
from labs_helpers.core.registry import operation
from labs_helpers.services.iam import moto_view as moto_iam
from labs_helpers.services.iam.entities import (
    already_exists,
    check_tags,
    limit_exceeded,
    no_such_entity,
    validation_error,
)

CLIENTS_PER_PROVIDER = 100
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""


@operation("iam", "CreateOpenIDConnectProvider")
def create_open_id_connect_provider(call: Call) -> Answer:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html"""
    check_tags(call)
    url = urlsplit(call.parameters["Url"])
    if url.scheme != "https" or not url.hostname or url.query or url.fragment:
        raise validation_error("Invalid Open ID Connect Provider URL")
    arn = f"arn:aws:iam::{call.account}:oidc-provider/{url.netloc}{url.path}"
    if moto_iam.oidc_client_ids(call.account, arn) is not None:
        raise already_exists(f"Provider with url {call.parameters['Url']} already exists.")
    answer = call.moto()
    created = moto_iam.backend(call.account).open_id_providers.get(arn)
    if created is not None:
        created.create_date = call.time
    return answer


@operation("iam", "AddClientIDToOpenIDConnectProvider")
def add_client_id(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html"""
    clients, client = _clients(call), call.parameters["ClientID"]
    if client not in clients:
        if len(clients) >= CLIENTS_PER_PROVIDER:
            raise limit_exceeded("ClientIdsPerOpenIdConnectProvider", CLIENTS_PER_PROVIDER)
        clients.append(client)
    return {}


@operation("iam", "RemoveClientIDFromOpenIDConnectProvider")
def remove_client_id(call: Call) -> dict[str, Any]:
    """Succeeds as well if it was not there.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
    """
    clients, client = _clients(call), call.parameters["ClientID"]
    if client in clients:
        clients.remove(client)
    return {}


def _clients(call: Call) -> list[str]:
    arn = call.parameters["OpenIDConnectProviderArn"]
    clients = moto_iam.oidc_client_ids(call.account, arn)
    if clients is None:
        raise no_such_entity(f"OpenIDConnect Provider not found for arn {arn}")
    return clients
