"""External SAML providers: the pool sends an AuthnRequest, and accepts one signed response to that request.

If the pool allows IdP-initiated sign-in (IDPInit), it also accepts a response without a request.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp.html
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp-things-to-know.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.saml_documents import (
    BEARER,
    PROTOCOL,
    SAML,
    SUCCESS,
    Metadata,
    SamlError,
    encrypted_part,
    instant,
    read_response,
    signed_assertion,
    text_of,
)
from labs_helpers.cloud.core.saml_encryption import opened_assertion
from labs_helpers.cloud.services.cognito_idp.federation import saml_keys, saml_metadata
from labs_helpers.cloud.services.cognito_idp.managed_login import saml_requests
from labs_helpers.cloud.services.cognito_idp.managed_login.federated_identity import (
    FederatedIdentity,
    FederationFailed,
)
from labs_helpers.cloud.services.cognito_idp.managed_login.state import (
    ManagedLogin,
    PendingSignIn,
    ProviderSession,
    digest,
)
from labs_helpers.cloud.services.cognito_idp.state import UserPool

Provider = Mapping[str, Any]
_LARGEST = 100_000
"""The maximum length of a response, in characters."""


def begin(call: Call, pool: UserPool, provider: Provider, flow: PendingSignIn, state: str) -> str:
    """Return the provider's URL with a SAML request. The state is sent as RelayState."""
    target = _metadata(provider).redirect_to
    if not target:
        raise FederationFailed(
            f"{provider['ProviderName']} has no address for the HTTP-Redirect binding in its metadata"
        )
    flow.parameters["request"] = saml_requests.new_id()
    request = saml_requests.sign_in(pool, target, flow.parameters["request"], call.time)
    signs = bool(provider["ProviderDetails"].get("RequestSigningAlgorithm"))
    return saml_requests.address(
        target, request, state, saml_keys.signing_key(pool).private if signs else None
    )


def sign_out(call: Call, pool: UserPool, session: ProviderSession, state: str) -> str | None:
    """Return the provider's URL with a signed logout request, or None if the provider doesn't support logout.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managing-saml-idp-console.html
    """
    provider = pool.providers.get(session.provider)
    if (
        provider is None
        or provider["ProviderType"] != "SAML"
        or not saml_metadata.is_on(provider, "IDPSignout")
    ):
        return None
    try:
        target = _metadata(provider).sign_out_at
    except FederationFailed:
        return None
    if not target:
        return None
    request = saml_requests.sign_out(pool, target, session.subject, session.index, call.time)
    return saml_requests.address(target, request, state, saml_keys.signing_key(pool).private)


def _metadata(provider: Provider) -> Metadata:
    try:
        return saml_metadata.read(provider["ProviderDetails"])
    except SamlError as error:
        raise FederationFailed(
            f"{provider['ProviderName']} has metadata that cannot be read: {error}"
        ) from error


def receive(
    call: Call,
    pool: UserPool,
    provider: Provider,
    login: ManagedLogin,
    flow: PendingSignIn,
    given: Mapping[str, str],
) -> FederatedIdentity:
    """Return the identity in a posted SAML response. Raises `FederationFailed` if the response isn't valid."""
    encoded = given.get("SAMLResponse", "")
    if not encoded or len(encoded) > _LARGEST:
        raise FederationFailed("Invalid SAML response received: no response")
    try:
        return _verified_identity(call, pool, provider, login, flow, read_response(encoded))
    except SamlError as error:
        raise FederationFailed(f"Invalid SAML response received: {error}") from error


def _verified_identity(
    call: Call, pool: UserPool, provider: Provider, login: ManagedLogin, flow: PendingSignIn, response: Any
) -> FederatedIdentity:
    """Return the identity in a response.

    The response must be valid, unused, and signed by this provider for this pool and request. Raises
    `SamlError` for any other response.
    """
    metadata = _metadata(provider)
    codes = [each.get("Value") for each in response.iterfind(f"{PROTOCOL}Status/{PROTOCOL}StatusCode")]
    if codes != [SUCCESS]:
        raise SamlError("the provider reports that signing in failed")
    assertion = _assertion(pool, provider, metadata, response)
    _check_issuer(response, assertion, metadata)
    _check_conditions(assertion, pool, call.time)
    subject, until = _subject(assertion, pool, flow, call.time)
    if response.get("InResponseTo") not in (None, flow.parameters.get("request")):
        raise SamlError("it is a response to another request")
    _refuse_replay(login, metadata, assertion.get("ID"), until, call.time)
    statements = assertion.findall(f"{SAML}AuthnStatement")
    index = next((each.get("SessionIndex") for each in statements if each.get("SessionIndex")), None)
    claims = _attributes(assertion)
    return FederatedIdentity(
        subject, claims, index, statements={"samlResponse": claims}, issuer=metadata.entity_id
    )


def _assertion(pool: UserPool, provider: Provider, metadata: Metadata, response: Any) -> Any:
    """Return the signed assertion.

    If the provider's settings require encryption, the assertion is decrypted, and an unencrypted assertion is
    rejected. Otherwise, an encrypted assertion is rejected.
    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-SAML-signing-encryption.html
    """
    if saml_metadata.is_on(provider, "EncryptedResponses"):
        key = saml_keys.decryption_key(pool, provider["ProviderName"]).private
        return opened_assertion(response, metadata, key)
    name = encrypted_part(response)
    if name is not None:
        raise SamlError(f"it contains an {name}, but EncryptedResponses is not on")
    return signed_assertion(response, metadata)


def _check_issuer(response: Any, assertion: Any, metadata: Metadata) -> None:
    issuers = [text_of(each) for each in assertion.iterfind(f"{SAML}Issuer")]
    outer = [text_of(each) for each in response.iterfind(f"{SAML}Issuer")]
    if len(issuers) != 1 or {*issuers, *outer} != {metadata.entity_id}:
        raise SamlError("another provider issued it")


def _check_conditions(assertion: Any, pool: UserPool, now: datetime) -> None:
    conditions = assertion.findall(f"{SAML}Conditions")
    if len(conditions) != 1:
        raise SamlError("it must have exactly one Conditions element")
    _check_window(conditions[0], now)
    restrictions = conditions[0].findall(f"{SAML}AudienceRestriction")
    wanted = saml_requests.entity_id(pool)
    if not restrictions or not all(
        wanted in {text_of(each) for each in restriction.iterfind(f"{SAML}Audience")}
        for restriction in restrictions
    ):
        raise SamlError("Audience restriction was not matched")


def _check_window(element: Any, now: datetime) -> None:
    begins, ends = element.get("NotBefore"), element.get("NotOnOrAfter")
    if begins is not None and now < instant(begins):
        raise SamlError("it is not valid yet")
    if ends is not None and now >= instant(ends):
        raise SamlError("it has expired")


def _subject(assertion: Any, pool: UserPool, flow: PendingSignIn, now: datetime) -> tuple[str, datetime]:
    """Return the NameID, and the time until which the assertion can be used.

    The subject confirmation must be for this pool's endpoint, and must name this request. If the provider began
    the sign-in, it must not name a request.
    """
    names = assertion.findall(f"{SAML}Subject/{SAML}NameID")
    if len(names) != 1 or not text_of(names[0]):
        raise SamlError("it must have exactly one NameID")
    confirmations = assertion.findall(f"{SAML}Subject/{SAML}SubjectConfirmation")
    if len(confirmations) != 1 or confirmations[0].get("Method") != BEARER:
        raise SamlError("it must have exactly one SubjectConfirmation, with the method bearer")
    data = confirmations[0].findall(f"{SAML}SubjectConfirmationData")
    if len(data) != 1 or not data[0].get("NotOnOrAfter"):
        raise SamlError("it must have exactly one SubjectConfirmationData with NotOnOrAfter")
    _check_window(data[0], now)
    if data[0].get("Recipient") != saml_requests.consumer(pool):
        raise SamlError("its Recipient is not this user pool's endpoint")
    if data[0].get("InResponseTo") != flow.parameters.get("request"):
        raise SamlError("it is a response to another request")
    return text_of(names[0]), instant(data[0].get("NotOnOrAfter"))


def _refuse_replay(
    login: ManagedLogin, metadata: Metadata, identifier: str, until: datetime, now: datetime
) -> None:
    """Raise `SamlError` for an assertion that was used before. An ID is kept while its assertion is valid."""
    login.assertions = {name: end for name, end in login.assertions.items() if end > now}
    seen = digest(f"{metadata.entity_id} {identifier}")
    if seen in login.assertions:
        raise SamlError("it was used before")
    login.assertions[seen] = until


def _attributes(assertion: Any) -> dict[str, str]:
    """Return the attributes by name. Several values become one string, each value URL-encoded.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-specifying-attribute-mapping.html
    """
    found: dict[str, str] = {}
    for each in assertion.iterfind(f"{SAML}AttributeStatement/{SAML}Attribute"):
        plain = [text_of(value) for value in each.iterfind(f"{SAML}AttributeValue") if not len(value)]
        if plain:
            found.setdefault(each.get("Name") or "", plain[0] if len(plain) == 1 else _several(plain))
    return found


def _several(values: list[str]) -> str:
    from urllib.parse import quote_plus

    return f"[{', '.join(quote_plus(value, safe='*') for value in values)}]"
