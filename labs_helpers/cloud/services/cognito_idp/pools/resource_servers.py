"""Resource servers: APIs with custom scopes.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import PAGES, pool_of
from labs_helpers.cloud.services.cognito_idp.errors import above_limit, invalid, not_found
from labs_helpers.cloud.services.cognito_idp.state import UserPool

SERVERS = 25
"""The maximum number of resource servers per pool.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
"""


REGISTER = "aws.cognito/dcr/register"
"""The scope that allows registering app clients. It is built into Cognito, not defined by a resource server.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-dynamic-client-registration.html
"""


def scopes(pool: UserPool) -> list[str]:
    """Return a pool's custom scopes, in the form that tokens contain (`shop/orders.read`), and the built-in scopes."""
    custom = [
        f"{server['Identifier']}/{scope['ScopeName']}"
        for server in pool.resource_servers.values()
        for scope in server["Scopes"]
    ]
    return [*custom, REGISTER]


def _scopes(call: Call) -> list[dict[str, str]]:
    given: list[dict[str, str]] = call.parameters.get("Scopes") or []
    names = [scope["ScopeName"] for scope in given]
    if len(set(names)) < len(names):
        raise invalid("A scope is named twice.")
    return given


def _server(call: Call, pool: UserPool) -> dict[str, Any]:
    found = pool.resource_servers.get(call.parameters["Identifier"])
    if found is None:
        raise not_found(f"Resource server {call.parameters['Identifier']} does not exist.")
    return found


@operation("cognito-idp", "CreateResourceServer")
def create_resource_server(call: Call) -> dict[str, Any]:
    """Create a resource server with its scopes.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateResourceServer.html
    """
    pool, identifier = pool_of(call), call.parameters["Identifier"]
    if identifier in pool.resource_servers:
        raise invalid(f"{identifier} already exists in user pool {pool.id}.")
    if len(pool.resource_servers) >= SERVERS:
        raise above_limit(f"A user pool can have at most {SERVERS} resource servers.")
    server = {
        "UserPoolId": pool.id, "Identifier": identifier, "Name": call.parameters["Name"], "Scopes": _scopes(call),
    }  # fmt: skip
    pool.resource_servers[identifier] = server
    return {"ResourceServer": server}


@operation("cognito-idp", "DescribeResourceServer")
def describe_resource_server(call: Call) -> dict[str, Any]:
    """Return a resource server.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeResourceServer.html
    """
    return {"ResourceServer": _server(call, pool_of(call))}


@operation("cognito-idp", "UpdateResourceServer")
def update_resource_server(call: Call) -> dict[str, Any]:
    """Replace a resource server's name and scopes. Scopes that the request omits are removed.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UpdateResourceServer.html
    """
    server = _server(call, pool_of(call))
    server |= {"Name": call.parameters["Name"], "Scopes": _scopes(call)}
    return {"ResourceServer": server}


@operation("cognito-idp", "DeleteResourceServer")
def delete_resource_server(call: Call) -> dict[str, Any]:
    """Delete a resource server.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteResourceServer.html
    """
    pool = pool_of(call)
    del pool.resource_servers[_server(call, pool)["Identifier"]]
    return {}


@operation("cognito-idp", "ListResourceServers")
def list_resource_servers(call: Call) -> dict[str, Any]:
    """List the resource servers of a pool.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListResourceServers.html
    """
    return PAGES.page(call, "ResourceServers", pool_of(call).resource_servers.values(), most=50)
