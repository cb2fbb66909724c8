"""Federated sign-in: a pool redirects the browser to a provider, and signs in the user whom the response identifies.

`oidc` and `saml` create the request and verify the response; this module finds or creates the user for the response.
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

_EXTERNAL = "EXTERNAL_PROVIDER"
"""The status of a federated profile."""
_LONGEST = 2_048
"""The maximum length of a mapped value, in characters."""
_BEGIN = {"OIDC": oidc.begin, "SAML": saml.begin}


def begin(call: Call, pool: UserPool, flow: PendingSignIn, state: str) -> str:
    """Return the URL of the provider's sign-in page. The response must contain `state`."""
    provider = pool.providers[flow.username]
    kind = provider["ProviderType"]
    if kind not in _BEGIN:
        raise NotModelled(f"managed login with a provider of type {kind} isn't modeled; OIDC and SAML are")
    return _BEGIN[kind](call, pool, provider, flow, state)


def finish(
    call: Call,
    pool: UserPool,
    client: Client,
    login: ManagedLogin,
    flow: PendingSignIn,
    given: Mapping[str, str],
) -> tuple[User, ProviderSession]:
    """Return the user whom the provider's response identifies, and the session at the provider.

    Creates the user at the first sign-in. Raises `FederationFailed` if the response isn't valid or the sign-in
    isn't allowed.
    """
    provider = pool.providers.get(flow.username)
    if provider is None:
        raise FederationFailed(f"{flow.username} isn't an identity provider of the user pool")
    if provider["ProviderType"] == "OIDC":
        identity = oidc.receive(call, pool, provider, flow, given)
    else:
        identity = saml.receive(call, pool, provider, login, flow, given)
    try:
        user = _user(
            call, pool, client, provider, _let_trigger_change(call, pool, client, provider, identity)
        )
    except ServiceError as refusal:
        raise FederationFailed(refusal.message) from refusal
    level = authentication_levels.level_of_provider(provider, identity.acr)
    return user, ProviderSession(
        flow.username,
        identity.subject,
        identity.index,
        level,
        authentication_levels.known_methods(identity.amr),
    )


def _let_trigger_change(
    call: Call, pool: UserPool, client: Client, provider: Mapping[str, Any], identity: FederatedIdentity
) -> FederatedIdentity:
    """Let the inbound federation trigger replace the provider's claims before they are mapped.

    If the trigger returns no claims, nothing changes; otherwise, its claims replace all others except the subject.
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-inbound-federation.html
    """
    answer = triggers.run(
        call, pool, "InboundFederation", "InboundFederation_ExternalProvider", username=identity.subject,
        client=client.id,
        request={
            "providerName": provider["ProviderName"], "providerType": provider["ProviderType"],
            "attributes": {name: dict(claims) for name, claims in identity.statements.items()},
        },
        response={"userAttributesToMap": {}},
    )  # fmt: skip
    claims = (answer or {}).get("userAttributesToMap") or {}
    if not isinstance(claims, dict) or not all(isinstance(value, str) for value in claims.values()):
        raise triggers.unreadable()
    return replace(identity, claims=claims) if claims else identity


def _user(
    call: Call, pool: UserPool, client: Client, provider: Mapping[str, Any], identity: FederatedIdentity
) -> User:
    """Return the user whom an identity is linked to, or the identity's own profile, with updated attributes."""
    name, mapped = provider["ProviderName"], _mapped(pool, client, provider, identity)
    user = linked_identities.signed_in_by_link(pool, provider, identity.subject, mapped, call.time)
    if user is None:
        user = _federated_profile(pool, name, identity.subject)
    if user is None:
        return _create_profile(call, pool, client, provider, identity, mapped)
    if not user.enabled:
        raise FederationFailed("User is disabled.")
    _refuse_missing(pool, {**user.attributes, **mapped})
    if user.status == _EXTERNAL:
        mapped = _unverified(user.attributes, mapped) | mapped
    user.attributes |= mapped
    user.modified = call.time
    triggers.run(
        call, pool, "PostAuthentication", "PostAuthentication_Authentication", username=user.username,
        client=client.id,
        request={"userAttributes": triggers.user_attributes(user), "newDeviceUsed": False, "clientMetadata": {}},
    )  # fmt: skip
    return user


def _federated_profile(pool: UserPool, provider: str, subject: str) -> User | None:
    """Return the profile of an identity that has signed in before, or None if there isn't one.

    Subjects are case-sensitive, even if the pool's user names aren't.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp-authentication.html
    """
    user = pool.users.get(directory.comparable(pool, linked_identities.federated_name(provider, subject)))
    if user is None:
        return None
    own = (provider, subject)
    if own not in {(each["providerName"], each["userId"]) for each in user.identities}:
        raise FederationFailed(
            "Username already exists with different capitalization, or as a user of another kind."
        )
    return user


def _create_profile(
    call: Call,
    pool: UserPool,
    client: Client,
    provider: Mapping[str, Any],
    identity: FederatedIdentity,
    mapped: dict[str, str],
) -> User:
    """Create the profile of an identity that signs in for the first time.

    An existing user with the same email address isn't reused.
    """
    _refuse_missing(pool, mapped)
    name = linked_identities.federated_name(provider["ProviderName"], identity.subject)
    user = User(
        username=name, sub=call.state.ids.uuid(), created=call.time, modified=call.time, status=_EXTERNAL,
    )  # fmt: skip
    user.attributes = {"sub": user.sub, **mapped}
    user.identities.append(
        linked_identities.identity(
            provider, identity.subject, call.time, primary=True, issuer=identity.issuer
        )
    )
    triggers.run(
        call, pool, "PreSignUp", "PreSignUp_ExternalProvider", username=name, client=client.id,
        request={"userAttributes": dict(user.attributes), "validationData": {}, "clientMetadata": {}},
        response={"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    )  # fmt: skip
    user.attributes |= _unverified({}, mapped)
    directory.add(pool, user)
    linked_identities.join_group(pool, provider["ProviderName"], user, call.time)
    triggers.run(
        call, pool, "PostConfirmation", "PostConfirmation_ConfirmSignUp", username=name, client=client.id,
        request={"userAttributes": triggers.user_attributes(user), "clientMetadata": {}},
    )  # fmt: skip
    return user


def _unverified(before: Mapping[str, str], mapped: Mapping[str, str]) -> dict[str, str]:
    """Return email_verified and phone_number_verified as false for new addresses without a mapped flag.

    Unless the provider states that an address is verified, the profile shows it as unverified.
    """
    return {
        flag: "false"
        for flag in attribute_schema.VERIFIED
        if (name := flag.removesuffix("_verified")) in mapped
        and flag not in mapped
        and mapped[name] != before.get(name)
    }


def _mapped(
    pool: UserPool, client: Client, provider: Mapping[str, Any], identity: FederatedIdentity
) -> dict[str, str]:
    """Return the attributes that the provider's claims map to.

    Raises NotAuthorizedException if the client can't write one of them. An address is verified only if a mapped
    claim from the provider states that it is.
    """
    mapped = {
        own: identity.claims[theirs]
        for own, theirs in provider["AttributeMapping"].items()
        if own != "username" and theirs in identity.claims
    }
    for name, value in mapped.items():
        if len(value) > _LONGEST:
            raise FederationFailed(f"user.{name}: String length exceeds {_LONGEST:,} characters.")
    # Users can never write verified flags, but providers' claims can be mapped to them.
    attribute_schema.check_write(pool, client, set(mapped) - set(attribute_schema.VERIFIED))
    return mapped


def _refuse_missing(pool: UserPool, values: Mapping[str, str]) -> None:
    missing = attribute_schema.missing_required(pool, dict(values))
    if missing:
        raise FederationFailed(f"attributes required: [{', '.join(missing)}]")
