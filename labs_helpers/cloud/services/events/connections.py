"""Operations on connections and API destinations.

EventBridge stores a connection's credentials in a secret that it owns.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.events import moto_view as events
from labs_helpers.cloud.services.events.errors import exists_already, invalid, not_found
from labs_helpers.cloud.services.events.pages import PAGES
from labs_helpers.cloud.services.secretsmanager import managed_secrets

_PARAMETERS = {
    "BASIC": "BasicAuthParameters",
    "OAUTH_CLIENT_CREDENTIALS": "OAuthParameters",
    "API_KEY": "ApiKeyAuthParameters",
}
_SECRETS = frozenset(("Password", "ApiKeyValue", "ClientSecret"))
"""Members of the credentials that responses never contain."""


@dataclass(slots=True)
class Connection:
    """A connection, with the credentials as they were sent."""

    name: str
    arn: str
    secret_arn: str
    kind: str
    parameters: Mapping[str, Any] = field(repr=False)
    description: str
    created: datetime
    modified: datetime
    authorized: datetime

    @property
    def state(self) -> str:
        """The connection's state.

        OAuth connections must first contact an external server. Other connections are authorized immediately.
        """
        return "AUTHORIZING" if self.kind == "OAUTH_CLIENT_CREDENTIALS" else "AUTHORIZED"

    def times(self) -> dict[str, datetime]:
        """Return the timestamps that every operation's response includes."""
        return {
            "CreationTime": self.created, "LastModifiedTime": self.modified, "LastAuthorizedTime": self.authorized,
        }  # fmt: skip


@dataclass(slots=True)
class Connections:
    """The connections in a cloud by account, Region, and name."""

    known: dict[tuple[str, str, str], Connection] = field(default_factory=dict)


def _connection(call: Call) -> Connection:
    name = call.parameters["Name"]
    found = call.state.part(Connections).known.get((call.account, call.region, name))
    if found is None:
        raise not_found(f"Failed to describe the connection(s). Connection '{name}' does not exist.")
    return found


def _by_arn(state: State, arn: str) -> Connection | None:
    return next((each for each in state.part(Connections).known.values() if each.arn == arn), None)


def _check_parameters(kind: str, parameters: Mapping[str, Any]) -> None:
    wanted = _PARAMETERS[kind]
    if wanted not in parameters:
        raise invalid(f"Parameter(s) {wanted} must be specified for authorization type {kind}.")


@operation("events", "CreateConnection")
def create_connection(call: Call) -> Mapping[str, Any]:
    """Create a connection, and a secret for its credentials.

    OBSERVED in 2025: the secret's name is events!connection/NAME/UUID.
    """
    given, known = call.parameters, call.state.part(Connections).known
    name, kind, parameters = given["Name"], given["AuthorizationType"], given.get("AuthParameters") or {}
    if (call.account, call.region, name) in known:
        raise exists_already(f"Connection {name} already exists.")
    _check_parameters(kind, parameters)
    uuid = call.state.ids.uuid()
    secret = managed_secrets.create(
        call, f"events!connection/{name}/{uuid}", _as_secret(kind, parameters), owner="events",
        description=f"Auth parameters for Eventbridge connection {name}/{uuid}",
    )  # fmt: skip
    made = Connection(
        name, f"arn:aws:events:{call.region}:{call.account}:connection/{name}/{uuid}", secret, kind, parameters,
        given.get("Description") or "", call.time, call.time, call.time,
    )  # fmt: skip
    known[call.account, call.region, name] = made
    return {
        "ConnectionArn": made.arn, "ConnectionState": made.state, "CreationTime": made.created,
        "LastModifiedTime": made.modified,
    }  # fmt: skip


def _as_secret(kind: str, parameters: Mapping[str, Any]) -> str:
    """Return the secret's text: the credentials with lowercase names, and the parameters for HTTP requests."""
    own = {_snake(name): value for name, value in parameters[_PARAMETERS[kind]].items()}
    more = parameters.get("InvocationHttpParameters")
    return json.dumps(own | ({"invocation_http_parameters": more} if more else {}))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def _without_secrets(value: Any) -> Any:
    """Return credentials without their secret parts, for responses."""
    if isinstance(value, Mapping):
        secret = value.get("IsValueSecret") is True
        return {
            name: _without_secrets(inner)
            for name, inner in value.items()
            if name not in _SECRETS and not (secret and name == "Value")
        }
    return [_without_secrets(each) for each in value] if isinstance(value, list) else value


@operation("events", "DescribeConnection")
def describe_connection(call: Call) -> Mapping[str, Any]:
    """Return a connection with the ARN of its secret, but without the secret's values."""
    found = _connection(call)
    return {
        "ConnectionArn": found.arn, "Name": found.name, "ConnectionState": found.state,
        "AuthorizationType": found.kind, "SecretArn": found.secret_arn,
        "AuthParameters": _without_secrets(found.parameters), **found.times(),
        **({"Description": found.description} if found.description else {}),
    }  # fmt: skip


@operation("events", "ListConnections")
def list_connections(call: Call) -> Mapping[str, Any]:
    """Return the Region's connections, filtered by name prefix and state."""
    given = call.parameters
    prefix, state = given.get("NamePrefix") or "", given.get("ConnectionState")
    listed = [
        {"ConnectionArn": each.arn, "Name": each.name, "ConnectionState": each.state,
         "AuthorizationType": each.kind, **each.times()}
        for (account, region, name), each in sorted(call.state.part(Connections).known.items())
        if (account, region) == (call.account, call.region) and name.startswith(prefix)
        and state in (None, each.state)
    ]  # fmt: skip
    return PAGES.page(call, "Connections", listed)


@operation("events", "UpdateConnection")
def update_connection(call: Call) -> Mapping[str, Any]:
    """Change a connection and its secret."""
    given, found = call.parameters, _connection(call)
    kind, parameters = given.get("AuthorizationType") or found.kind, given.get("AuthParameters")
    if parameters is None and kind != found.kind:
        _check_parameters(kind, {})
    if parameters is not None:
        _check_parameters(kind, parameters)
        managed_secrets.renew(call, found.secret_arn, _as_secret(kind, parameters))
        found.kind, found.parameters, found.authorized = kind, parameters, call.time
    if given.get("Description") is not None:
        found.description = given["Description"]
    found.modified = call.time
    return {"ConnectionArn": found.arn, "ConnectionState": found.state, **found.times()}


@operation("events", "DeleteConnection")
def delete_connection(call: Call) -> Mapping[str, Any]:
    """Delete a connection and its secret."""
    found = _connection(call)
    managed_secrets.delete(call, found.secret_arn)
    del call.state.part(Connections).known[call.account, call.region, found.name]
    return {"ConnectionArn": found.arn, "ConnectionState": "DELETING", **found.times()}


# API destinations: no request is sent to them, because nothing leaves this cloud.


@operation("events", "CreateApiDestination")
def create_api_destination(call: Call) -> Answer:
    """Create an API destination that uses an existing connection."""
    given = call.parameters
    if events.api_destination(call.account, call.region, given["Name"]) is not None:
        raise exists_already(f"An api-destination '{given['Name']}' already exists.")
    _check_endpoint(call)
    _check_connection(call)
    return call.moto()


def _check_endpoint(call: Call) -> None:
    """Reject an endpoint without TLS.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destination-create.html
    """
    endpoint = call.parameters.get("InvocationEndpoint")
    if endpoint is not None and not endpoint.startswith("https://"):
        raise invalid("Parameter InvocationEndpoint is not valid. Reason: The endpoint must be an HTTPS URL.")


def _check_connection(call: Call) -> None:
    arn = call.parameters.get("ConnectionArn")
    if arn is not None and _by_arn(call.state, arn) is None:
        name = arn.partition(":connection/")[2].partition("/")[0] or arn
        raise not_found(f"Connection '{name}' does not exist.")


@operation("events", "UpdateApiDestination")
def update_api_destination(call: Call) -> Answer:
    """Change an API destination."""
    if events.api_destination(call.account, call.region, call.parameters["Name"]) is not None:
        _check_endpoint(call)
        _check_connection(call)
    return call.moto()


@operation("events", "ListApiDestinations")
def list_api_destinations(call: Call) -> Mapping[str, Any]:
    """Return the Region's API destinations, filtered by name prefix and connection."""
    prefix, arn = call.parameters.get("NamePrefix") or "", call.parameters.get("ConnectionArn")
    listed = [
        {
            "ApiDestinationArn": each.arn, "Name": each.name, "ApiDestinationState": each.state,
            "ConnectionArn": each.connection_arn, "InvocationEndpoint": each.invocation_endpoint,
            "HttpMethod": each.http_method, "CreationTime": each.creation_time,
            "LastModifiedTime": each.creation_time,
            "InvocationRateLimitPerSecond": each.invocation_rate_limit_per_second or _DEFAULT_RATE,
        }
        for each in events.api_destinations(call.account, call.region)
        if each.name.startswith(prefix) and arn in (None, each.connection_arn)
    ]  # fmt: skip
    return PAGES.page(call, "ApiDestinations", listed)


@operation("events", "DescribeApiDestination")
def describe_api_destination(call: Call) -> Answer | Mapping[str, Any]:
    """Return an API destination, with the default rate limit if the destination has no rate limit."""
    found = events.api_destination(call.account, call.region, call.parameters["Name"])
    if found is None:
        return call.moto()
    shown = {**found.describe(), "LastModifiedTime": found.creation_time}
    shown["InvocationRateLimitPerSecond"] = found.invocation_rate_limit_per_second or _DEFAULT_RATE
    return {name: value for name, value in shown.items() if value is not None}


_DEFAULT_RATE = 300
"""https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html"""
