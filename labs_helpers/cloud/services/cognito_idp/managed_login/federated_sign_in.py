"""Signing in from outside: the pool sends the browser to a provider, and makes a user of what the provider answers.

How a provider is asked and believed stands in `oidc` and `saml`; what becomes of the answer stands here, for both.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-identity-federation.html
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-specifying-attribute-mapping.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.federation import linked_identities
from labs_helpers.cloud.services.cognito_idp.managed_login import oidc, saml
from labs_helpers.cloud.services.cognito_idp.managed_login.federated_identity import (
    FederatedIdentity,
    FederationFailed,
)
from labs_helpers.cloud.services.cognito_idp.managed_login.state import (
    ManagedLogin,
    PendingSignIn,
    ProviderSession,
)
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.sign_in import authentication_levels
from labs_helpers.cloud.services.cognito_idp.state import Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.users import directory

_LONGEST = 2_048
"""Characters that a mapped value may have."""
_BEGIN = {"OIDC": oidc.begin, "SAML": saml.begin}


def begin(call: Call, pool: UserPool, flow: PendingSignIn, state: str) -> str:
    """Where the browser goes: the provider's own page. What comes back must carry `state`."""
    provider = pool.providers[flow.username]
    kind = provider["ProviderType"]
    if kind not in _BEGIN:
        raise NotModelled(f"managed login with a provider of type {kind} is not modelled; OIDC and SAML are")
    return _BEGIN[kind](call, pool, provider, flow, state)


def finish(
    call: Call,
    pool: UserPool,
    client: Client,
    login: ManagedLogin,
    flow: PendingSignIn,
    given: Mapping[str, str],
) -> tuple[User, ProviderSession]:
    """The user whom the provider vouches for, new or known, and what it calls them. Raises `Failed`."""
    provider = pool.providers.get(flow.username)
    if provider is None:
        raise FederationFailed(f"{flow.username} is no identity provider of the user pool")
    if provider["ProviderType"] == "OIDC":
        arrival = oidc.receive(call, pool, provider, flow, given)
    else:
        arrival = saml.receive(call, pool, provider, login, flow, given)
    try:
        user = _user(call, pool, client, provider, _let_trigger_change(call, pool, client, provider, arrival))
    except ServiceError as refusal:
        raise FederationFailed(refusal.message) from refusal
    level = authentication_levels.level_of_provider(provider, arrival.acr)
    return user, ProviderSession(
        flow.username, arrival.subject, arrival.index, level, authentication_levels.known_methods(arrival.amr)
    )


def _let_trigger_change(
    call: Call, pool: UserPool, client: Client, provider: Mapping[str, Any], arrival: FederatedIdentity
) -> FederatedIdentity:
    """Let the inbound federation trigger say what the provider's claims are to be, before they are mapped.

    It changes nothing where it gives none back; otherwise only those that it gives are left. Who it is about stays.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-inbound-federation.html
    """
    answer = triggers.run(
        call, pool, "InboundFederation", "InboundFederation_ExternalProvider", username=arrival.subject,
        client=client.id,
        request={
            "providerName": provider["ProviderName"], "providerType": provider["ProviderType"],
            "attributes": {name: dict(told) for name, told in arrival.said.items()},
        },
        response={"userAttributesToMap": {}},
    )  # fmt: skip
    claims = (answer or {}).get("userAttributesToMap") or {}
    if not isinstance(claims, dict) or not all(isinstance(value, str) for value in claims.values()):
        raise triggers.unreadable()
    return replace(arrival, claims=claims) if claims else arrival


def _user(
    call: Call, pool: UserPool, client: Client, provider: Mapping[str, Any], arrival: FederatedIdentity
) -> User:
    """The user whom an identity is linked to, or the profile of its own. Mapped attributes are what they are now."""
    name, mapped = provider["ProviderName"], _mapped(pool, client, provider, arrival)
    user = linked_identities.signed_in_by_link(pool, provider, arrival.subject, mapped, call.time)
    if user is None:
        user = _federated_profile(pool, name, arrival.subject)
    if user is None:
        return _create_profile(call, pool, client, provider, arrival.subject, mapped)
    if not user.enabled:
        raise FederationFailed("User is disabled.")
    _refuse_missing(pool, {**user.attributes, **mapped})
    user.attributes |= mapped
    user.modified = call.time
    triggers.run(
        call, pool, "PostAuthentication", "PostAuthentication_Authentication", username=user.username,
        client=client.id,
        request={"userAttributes": triggers.user_attributes(user), "newDeviceUsed": False, "clientMetadata": {}},
    )  # fmt: skip
    return user


def _federated_profile(pool: UserPool, provider: str, subject: str) -> User | None:
    """Who has signed in with this identity before. Subjects are compared letter by letter, whatever the pool does.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp-authentication.html
    """
    user = pool.users.get(directory.comparable(pool, linked_identities.federated_name(provider, subject)))
    if user is None:
        return None
    own = (provider, subject)
    if own not in {(each["providerName"], each["userId"]) for each in user.identities}:
        raise FederationFailed("Username already exists with other capitals, or as a user of another kind.")
    return user


def _create_profile(
    call: Call,
    pool: UserPool,
    client: Client,
    provider: Mapping[str, Any],
    subject: str,
    mapped: dict[str, str],
) -> User:
    """A profile for who signs in for the first time. It is nobody else's, whatever e-mail address it carries."""
    _refuse_missing(pool, mapped)
    name = linked_identities.federated_name(provider["ProviderName"], subject)
    user = User(
        username=name, sub=call.state.ids.uuid(), created=call.time, modified=call.time, status="EXTERNAL_PROVIDER",
    )  # fmt: skip
    user.attributes = {"sub": user.sub, **mapped}
    user.identities.append(linked_identities.identity(provider, subject, call.time, primary=True))
    triggers.run(
        call, pool, "PreSignUp", "PreSignUp_ExternalProvider", username=name, client=client.id,
        request={"userAttributes": dict(user.attributes), "validationData": {}, "clientMetadata": {}},
        response={"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    )  # fmt: skip
    directory.add(pool, user)
    linked_identities.join_group(pool, provider["ProviderName"], user, call.time)
    triggers.run(
        call, pool, "PostConfirmation", "PostConfirmation_ConfirmSignUp", username=name, client=client.id,
        request={"userAttributes": triggers.user_attributes(user), "clientMetadata": {}},
    )  # fmt: skip
    return user


def _mapped(
    pool: UserPool, client: Client, provider: Mapping[str, Any], arrival: FederatedIdentity
) -> dict[str, str]:
    """The pool's attributes from the provider's claims: what the pool can write and the client may.

    An address is verified only where the provider says so and that claim is mapped too.
    """
    mapped = {
        own: arrival.claims[theirs]
        for own, theirs in provider["AttributeMapping"].items()
        if own != "username" and theirs in arrival.claims
    }
    for name, value in mapped.items():
        if len(value) > _LONGEST:
            raise FederationFailed(f"user.{name}: String length exceeds {_LONGEST:,} characters.")
    attribute_schema.check_write(pool, client, set(mapped) - set(attribute_schema.VERIFIED))
    return mapped


def _refuse_missing(pool: UserPool, values: Mapping[str, str]) -> None:
    missing = attribute_schema.missing_required(pool, dict(values))
    if missing:
        raise FederationFailed(f"attributes required: [{', '.join(missing)}]")
