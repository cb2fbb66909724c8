"""An outside SAML provider: the pool asks with an AuthnRequest, and takes a signed response, once, for that request.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp.html
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp-things-to-know.html
"""

from __future__ import annotations

import base64
import secrets
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import quoteattr

from labs_helpers.core.call import Call
from labs_helpers.core.errors import NotModelled
from labs_helpers.core.saml_documents import (
    BEARER,
    PROTOCOL,
    SAML,
    SUCCESS,
    Metadata,
    SamlError,
    encrypted_part,
    instant,
    read_metadata,
    read_response,
    signed_assertion,
    text_of,
)
from labs_helpers.services.cognito_idp import domains
from labs_helpers.services.cognito_idp.managed_login.arrival import Arrival, Failed
from labs_helpers.services.cognito_idp.managed_login.state import Flow, ManagedLogin, key
from labs_helpers.services.cognito_idp.state import UserPool

Provider = Mapping[str, Any]
_LARGEST = 100_000
"""Characters of a response that are read."""


def entity_id(pool: UserPool) -> str:
    """What the pool calls itself towards providers: the audience of their assertions."""
    return f"urn:amazon:cognito:sp:{pool.id}"


def consumer(pool: UserPool) -> str:
    """Where providers post their responses."""
    return f"https://{domains.host(pool, next(iter(pool.domains)))}/saml2/idpresponse"


def begin(call: Call, pool: UserPool, provider: Provider, flow: Flow, state: str) -> str:
    """The provider's address with a SAML request in it; the state travels as RelayState."""
    if provider["ProviderDetails"].get("RequestSigningAlgorithm"):
        raise NotModelled("cognito-idp RequestSigningAlgorithm: signed SAML requests are not modelled")
    target = _metadata(provider).redirect_to
    if not target:
        raise Failed(
            f"{provider['ProviderName']} has no address for the HTTP-Redirect binding in its metadata"
        )
    flow.parameters["request"] = f"_{secrets.token_hex(16)}"
    request = (
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
        ' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0"'
        f' ID={quoteattr(flow.parameters["request"])} IssueInstant="{call.time:%Y-%m-%dT%H:%M:%SZ}"'
        f" Destination={quoteattr(target)} AssertionConsumerServiceURL={quoteattr(consumer(pool))}"
        ' ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">'
        f"<saml:Issuer>{entity_id(pool)}</saml:Issuer></samlp:AuthnRequest>"
    )
    raw = zlib.compress(request.encode())[2:-4]  # DEFLATE alone, as the binding has it
    query = urlencode({"SAMLRequest": base64.b64encode(raw).decode(), "RelayState": state})
    return f"{target}{'&' if '?' in target else '?'}{query}"


def _metadata(provider: Provider) -> Metadata:
    details = provider["ProviderDetails"]
    if "MetadataFile" not in details:
        raise NotModelled(
            "cognito-idp MetadataURL: the cloud fetches nothing from outside; give the document as MetadataFile"
        )
    try:
        return read_metadata(details["MetadataFile"])
    except SamlError as error:
        raise Failed(f"{provider['ProviderName']} has metadata that cannot be read") from error


def arrived(
    call: Call, pool: UserPool, provider: Provider, login: ManagedLogin, flow: Flow, given: Mapping[str, str]
) -> Arrival:
    """Who a posted response is about. Raises `Failed`."""
    encoded = given.get("SAMLResponse", "")
    if not encoded or len(encoded) > _LARGEST:
        raise Failed("Invalid SAML response received: no response")
    try:
        return _proved(call, pool, _metadata(provider), login, flow, read_response(encoded))
    except SamlError as error:
        raise Failed(f"Invalid SAML response received: {error}") from error


def _proved(
    call: Call, pool: UserPool, metadata: Metadata, login: ManagedLogin, flow: Flow, response: Any
) -> Arrival:
    """The response is signed, by this provider, for this pool and this request, for now, and new."""
    name = encrypted_part(response)
    if name is not None:
        raise NotModelled(f"cognito-idp EncryptedResponses: an {name} is not modelled; signed assertions are")
    codes = [each.get("Value") for each in response.iterfind(f"{PROTOCOL}Status/{PROTOCOL}StatusCode")]
    if codes != [SUCCESS]:
        raise SamlError("the provider reports that signing in failed")
    assertion = signed_assertion(response, metadata)
    _check_issuer(response, assertion, metadata)
    _check_conditions(assertion, pool, call.time)
    subject, until = _subject(assertion, pool, flow, call.time)
    if response.get("InResponseTo") not in (None, flow.parameters["request"]):
        raise SamlError("it answers another request")
    _refuse_replay(login, metadata, assertion.get("ID"), until, call.time)
    return Arrival(subject, _attributes(assertion))


def _check_issuer(response: Any, assertion: Any, metadata: Metadata) -> None:
    issuers = [text_of(each) for each in assertion.iterfind(f"{SAML}Issuer")]
    outer = [text_of(each) for each in response.iterfind(f"{SAML}Issuer")]
    if len(issuers) != 1 or {*issuers, *outer} != {metadata.entity_id}:
        raise SamlError("another provider issued it")


def _check_conditions(assertion: Any, pool: UserPool, now: datetime) -> None:
    conditions = assertion.findall(f"{SAML}Conditions")
    if len(conditions) != 1:
        raise SamlError("it needs Conditions, once")
    _check_window(conditions[0], now)
    restrictions = conditions[0].findall(f"{SAML}AudienceRestriction")
    wanted = entity_id(pool)
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


def _subject(assertion: Any, pool: UserPool, flow: Flow, now: datetime) -> tuple[str, datetime]:
    """The NameID, and until when its bearer may present it: at this pool's endpoint, in answer to this request."""
    names = assertion.findall(f"{SAML}Subject/{SAML}NameID")
    if len(names) != 1 or not text_of(names[0]):
        raise SamlError("it names nobody")
    confirmations = assertion.findall(f"{SAML}Subject/{SAML}SubjectConfirmation")
    if len(confirmations) != 1 or confirmations[0].get("Method") != BEARER:
        raise SamlError("it needs one SubjectConfirmation, of the bearer")
    data = confirmations[0].findall(f"{SAML}SubjectConfirmationData")
    if len(data) != 1 or not data[0].get("NotOnOrAfter"):
        raise SamlError("it needs one SubjectConfirmationData with NotOnOrAfter")
    _check_window(data[0], now)
    if data[0].get("Recipient") != consumer(pool):
        raise SamlError("its Recipient is not this user pool")
    if data[0].get("InResponseTo") != flow.parameters["request"]:
        raise SamlError("it answers another request")
    return text_of(names[0]), instant(data[0].get("NotOnOrAfter"))


def _refuse_replay(
    login: ManagedLogin, metadata: Metadata, identifier: str, until: datetime, now: datetime
) -> None:
    """An assertion counts once: its ID is kept for as long as it would be good."""
    login.assertions = {name: end for name, end in login.assertions.items() if end > now}
    seen = key(f"{metadata.entity_id} {identifier}")
    if seen in login.assertions:
        raise SamlError("it was used before")
    login.assertions[seen] = until


def _attributes(assertion: Any) -> dict[str, str]:
    """All attributes by name. Of several values one text is made, each encoded as a form's.

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
