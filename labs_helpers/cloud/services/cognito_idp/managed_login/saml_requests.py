"""The requests that a pool sends to SAML providers through the browser: sign-in and sign-out.

https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf (3.4, HTTP Redirect)
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-SAML-signing-encryption.html
"""

from __future__ import annotations

import base64
import secrets
import zlib
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from labs_helpers.cloud.services.cognito_idp.pools import domains
from labs_helpers.cloud.services.cognito_idp.state import UserPool

_NAMESPACES = (
    'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
)
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


def entity_id(pool: UserPool) -> str:
    """Return the entity ID that identifies the pool to providers, which is the audience of their assertions."""
    return f"urn:amazon:cognito:sp:{pool.id}"


def consumer(pool: UserPool) -> str:
    """Return the URL that providers post their responses to."""
    return f"https://{domains.host(pool, next(iter(pool.domains)))}/saml2/idpresponse"


def new_id() -> str:
    """Return a new request ID, which the response must refer to."""
    return f"_{secrets.token_hex(16)}"


def sign_in(pool: UserPool, target: str, identifier: str, time: datetime) -> str:
    """Return an AuthnRequest."""
    return (
        f"<samlp:AuthnRequest {_head(target, identifier, time)}"
        f" AssertionConsumerServiceURL={quoteattr(consumer(pool))}"
        ' ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">'
        f"<saml:Issuer>{entity_id(pool)}</saml:Issuer></samlp:AuthnRequest>"
    )


def sign_out(pool: UserPool, target: str, subject: str, index: str | None, time: datetime) -> str:
    """Return a LogoutRequest for the subject and session index in the provider's assertion."""
    session = f"<samlp:SessionIndex>{escape(index)}</samlp:SessionIndex>" if index else ""
    return (
        f"<samlp:LogoutRequest {_head(target, new_id(), time)}><saml:Issuer>{entity_id(pool)}</saml:Issuer>"
        f"<saml:NameID>{escape(subject)}</saml:NameID>{session}</samlp:LogoutRequest>"
    )


def _head(target: str, identifier: str, time: datetime) -> str:
    return (
        f'{_NAMESPACES} Version="2.0" ID={quoteattr(identifier)} IssueInstant="{time:%Y-%m-%dT%H:%M:%SZ}"'
        f" Destination={quoteattr(target)}"
    )


def address(target: str, request: str, state: str, key: Any = None) -> str:
    """Return the URL with which the browser sends a SAML request to a provider.

    The URL contains the state, which the provider returns with its response. With a private `key`, the query is
    signed as the binding requires: SAMLRequest, RelayState, and SigAlg, in this order.
    """
    raw = zlib.compress(request.encode())[2:-4]  # DEFLATE without zlib's header and checksum
    query = urlencode({"SAMLRequest": base64.b64encode(raw).decode(), "RelayState": state})
    if key is not None:
        query = _signed(query, key)
    return f"{target}{'&' if '?' in target else '?'}{query}"


def _signed(query: str, key: Any) -> str:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    signed = f"{query}&{urlencode({'SigAlg': _RSA_SHA256})}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}&{urlencode({'Signature': base64.b64encode(signature).decode()})}"
