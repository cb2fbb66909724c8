"""A small SAML identity provider for lessons and tests. IAM gets its metadata, and STS gets its signed responses."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from labs_helpers.cloud.core import platform

if TYPE_CHECKING:
    from labs_helpers.cloud.actors.cloud_parts import HasClock

ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
SIGN_IN = "https://signin.aws.amazon.com/saml"
_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_XENC = "http://www.w3.org/2001/04/xmlenc#"
_PREFIXES = {"saml": _SAML, "samlp": _PROTOCOL, "md": _METADATA, "ds": _DSIG, "xenc": _XENC}


class SamlProvider:
    """An identity provider named `entity_id`. `key` is an existing RSA or EC key from the cryptography package.

    The provider has no sign-in page: `response(subject, role_arn, provider_arn)` returns the response that a sign-in
    page would send to AWS. Raises `NotModelled` in the edition that runs entirely in a browser, because it can't sign
    XML.
    """

    def __init__(self, cloud: HasClock, entity_id: str = "https://idp.example.com/saml", key: Any = None):
        """Create the provider with a signing key and a self-signed certificate."""
        platform.need_saml()
        self.entity_id = entity_id
        self._clock = cloud.clock
        self._last_id = 0
        self._use_key(key)

    @property
    def metadata(self) -> str:
        """The metadata document for `create_saml_provider`, with the current signing key's certificate."""
        root = _element("md:EntityDescriptor", entityID=self.entity_id)
        idp = _element("md:IDPSSODescriptor", root, protocolSupportEnumeration=_PROTOCOL)
        data = _element(
            "ds:X509Data", _element("ds:KeyInfo", _element("md:KeyDescriptor", idp, use="signing"))
        )
        _element("ds:X509Certificate", data, text=base64.b64encode(self._certificate_der()).decode())
        _element(
            "md:SingleLogoutService", idp, Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect",
            Location=f"{self.entity_id}/slo",
        )  # fmt: skip
        _element("md:NameIDFormat", idp, text="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
        for binding in ("HTTP-Redirect", "HTTP-POST"):
            _element(
                "md:SingleSignOnService", idp, Binding=f"urn:oasis:names:tc:SAML:2.0:bindings:{binding}",
                Location=f"{self.entity_id}/sso",
            )  # fmt: skip
        return _text(root)

    def rotate(self, key: Any = None) -> None:
        """Switch to a new signing key.

        AWS accepts signatures made with the new key once you upload the new metadata.
        """
        self._use_key(key)

    def response(
        self, subject: str, role_arn: str, provider_arn: str, *, sign: str = "assertion", **more: Any
    ) -> str:
        """Return a signed, base64-encoded response for `assume_role_with_saml`.

        `sign` is "assertion", "response", "both", or "neither"; `more` is passed to `assertion`.
        """
        assertion = self.assertion(subject, [(role_arn, provider_arn)], **more)
        if sign in ("assertion", "both"):
            assertion = self.sign(assertion)
        response = self.envelope(assertion)
        return self.encode(self.sign(response) if sign in ("response", "both") else response)

    def answer(
        self,
        location: str,
        subject: str,
        attributes: Mapping[str, str | Sequence[str]] | None = None,
        *,
        encrypt_for: str | None = None,
    ) -> tuple[str, dict[str, str]]:
        """Sign in a user whom a service redirected to this provider, and return the URL and form fields for the reply.

        `location` is the URL that the service redirected the browser to, including SAMLRequest and RelayState.
        `encrypt_for` is the service's base64-encoded certificate; if given, only the service can read the assertion.
        """
        query = parse_qs(urlsplit(location).query)
        request = _request_in(query["SAMLRequest"][0])
        recipient = request.get("AssertionConsumerServiceURL")
        audience = request.findtext(f"{{{_SAML}}}Issuer")
        root = self._assertion(subject, audience, recipient, request.get("ID"))
        _append_attributes(root, attributes or {})
        signed = self.sign(root)
        response = self.envelope(
            encrypted(signed, encrypt_for) if encrypt_for else signed, destination=recipient
        )
        response.set("InResponseTo", request.get("ID"))
        relayed = {name: query[name][0] for name in ("RelayState",) if name in query}
        return recipient, {"SAMLResponse": self.encode(response), **relayed}

    def unasked(
        self,
        recipient: str,
        audience: str,
        subject: str,
        attributes: Mapping[str, str | Sequence[str]] | None = None,
    ) -> str:
        """Return a signed, base64-encoded response for a sign-in that the user started at the identity provider."""
        root = self._assertion(subject, audience, recipient, None)
        _append_attributes(root, attributes or {})
        return self.encode(self.envelope(self.sign(root), destination=recipient))

    def assertion(
        self,
        subject: str,
        roles: Sequence[tuple[str, str]],
        *,
        session_name: str | None = None,
        attributes: Mapping[str, str | Sequence[str]] | None = None,
        audience: str = "urn:amazon:webservices",
        recipient: str = SIGN_IN,
        seconds: int = 300,
        name_format: str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        session_seconds: int | None = None,
    ) -> Any:
        """Return an unsigned assertion as an lxml element. `roles` contains (role ARN, provider ARN) pairs.

        Attribute names that aren't URIs (`SourceIdentity`, `PrincipalTag:team`) are treated as AWS's attributes.
        """
        root = self._assertion(
            subject,
            audience,
            recipient,
            None,
            seconds=seconds,
            name_format=name_format,
            session_seconds=session_seconds,
        )
        self._add_attributes(root, roles, {"RoleSessionName": session_name or subject, **(attributes or {})})
        return root

    def _assertion(
        self, subject: str, audience: str, recipient: str, in_response_to: str | None, *, seconds: int = 300,
        name_format: str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", session_seconds: int | None = None,
    ) -> Any:  # fmt: skip
        """Return an assertion without attributes, in SAML's order: Issuer, Subject, Conditions, AuthnStatement."""
        now = self._clock.now()
        end = _stamp(now + timedelta(seconds=seconds))
        root = _element("saml:Assertion", ID=self._id("assertion"), Version="2.0", IssueInstant=_stamp(now))
        _element("saml:Issuer", root, text=self.entity_id)
        subject_element = _element("saml:Subject", root)
        _element("saml:NameID", subject_element, text=subject, Format=name_format)
        confirmation = _element(
            "saml:SubjectConfirmation", subject_element, Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"
        )
        data = _element("saml:SubjectConfirmationData", confirmation, NotOnOrAfter=end, Recipient=recipient)
        if in_response_to is not None:
            data.set("InResponseTo", in_response_to)
        conditions = _element("saml:Conditions", root, NotBefore=_stamp(now), NotOnOrAfter=end)
        _element("saml:Audience", _element("saml:AudienceRestriction", conditions), text=audience)
        authn = _element("saml:AuthnStatement", root, AuthnInstant=_stamp(now))
        if session_seconds is not None:
            authn.set("SessionNotOnOrAfter", _stamp(now + timedelta(seconds=session_seconds)))
        reference = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
        _element("saml:AuthnContextClassRef", _element("saml:AuthnContext", authn), text=reference)
        return root

    def envelope(self, assertion: Any, destination: str = SIGN_IN) -> Any:
        """Return an unsigned response that contains an assertion or, without one, reports a failed sign-in."""
        root = _element(
            "samlp:Response", ID=self._id("response"), Version="2.0", IssueInstant=_stamp(self._clock.now()),
            Destination=destination,
        )  # fmt: skip
        _element("saml:Issuer", root, text=self.entity_id)
        outcome = "Success" if assertion is not None else "AuthnFailed"
        status = f"urn:oasis:names:tc:SAML:2.0:status:{outcome}"
        _element("samlp:StatusCode", _element("samlp:Status", root), Value=status)
        if assertion is not None:
            root.append(assertion)
        return root

    def sign(self, element: Any, **algorithms: Any) -> Any:
        """Return a copy of an assertion or response with an enveloped signature after its Issuer element.

        `algorithms` are options for XMLSigner.
        """
        from cryptography.hazmat.primitives.asymmetric import rsa
        from lxml import etree
        from signxml import XMLSigner
        from signxml.algorithms import CanonicalizationMethod

        kind = "rsa" if isinstance(self._key, rsa.RSAPrivateKey) else "ecdsa"
        given = {
            "signature_algorithm": f"{kind}-sha256", "digest_algorithm": "sha256",
            "c14n_algorithm": CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0, **algorithms,
        }  # fmt: skip
        # Serialize and parse again, so that the caller's element is unchanged and namespaces are declared where used.
        copy = etree.fromstring(etree.tostring(element))
        place = etree.Element(f"{{{_DSIG}}}Signature", nsmap={"ds": _DSIG}, Id="placeholder")
        copy.insert(1, place)
        return XMLSigner(**given).sign(
            copy, key=self._key, cert=[self._certificate], reference_uri=element.get("ID"), id_attribute="ID"
        )

    @staticmethod
    def encode(element: Any) -> str:
        """Return a base64-encoded response, ready to send."""
        return base64.b64encode(_text(element).encode()).decode()

    def _add_attributes(
        self, root: Any, roles: Sequence[tuple[str, str]], attributes: Mapping[str, Any]
    ) -> None:
        named = {}
        for name, values in {"Role": [",".join(pair) for pair in roles], **attributes}.items():
            own = "/" not in name and not name.startswith(("urn:", "http"))
            named[ATTRIBUTES + name if own else name] = values
        _append_attributes(root, named)

    def _id(self, what: str) -> str:
        self._last_id += 1
        return f"_{what}-{self._last_id}"

    def _use_key(self, key: Any) -> None:
        """Use `key`, or a new one, as the signing key, with a self-signed certificate."""
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import rsa

        self._key = key or rsa.generate_private_key(public_exponent=65_537, key_size=2048)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.com")])
        now = self._clock.now()
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=3_650))
            .sign(self._key, hashes.SHA256())
        )

    def _certificate_der(self) -> bytes:
        from cryptography.hazmat.primitives.serialization import Encoding

        der: bytes = self._certificate.public_bytes(Encoding.DER)
        return der


def encrypted(element: Any, certificate: str) -> Any:
    """Return an EncryptedAssertion that only the owner of a certificate (base64-encoded DER) can read.

    The assertion is encrypted with AES-GCM under a new key, and that key is encrypted with RSA-OAEP.

    https://www.w3.org/TR/xmlenc-core1/
    """
    import os

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    public: Any = x509.load_der_x509_certificate(base64.b64decode(certificate)).public_key()
    key, nonce = AESGCM.generate_key(256), os.urandom(12)
    hidden = public.encrypt(key, padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None))
    root = _element("saml:EncryptedAssertion")
    data = _element("xenc:EncryptedData", root, Type=f"{_XENC}Element")
    _element("xenc:EncryptionMethod", data, Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm")
    wrapped = _element("xenc:EncryptedKey", _element("ds:KeyInfo", data))
    _element("xenc:EncryptionMethod", wrapped, Algorithm=f"{_XENC}rsa-oaep-mgf1p")
    _cipher(wrapped, hidden)
    _cipher(data, nonce + AESGCM(key).encrypt(nonce, _text(element).encode(), None))
    return root


def _cipher(parent: Any, data: bytes) -> None:
    value = base64.b64encode(data).decode()
    _element("xenc:CipherValue", _element("xenc:CipherData", parent), text=value)


def _append_attributes(assertion: Any, attributes: Mapping[str, str | Sequence[str]]) -> None:
    """Add attributes with one or several values to an assertion."""
    statement = _element("saml:AttributeStatement", assertion)
    for name, values in attributes.items():
        attribute = _element("saml:Attribute", statement, Name=name)
        for value in [values] if isinstance(values, str) else values:
            _element("saml:AttributeValue", attribute, text=value)


def _request_in(encoded: str) -> Any:
    """Return the AuthnRequest of a redirect: base64 around DEFLATE."""
    from lxml import etree

    return etree.fromstring(zlib.decompress(base64.b64decode(encoded), -15))


def _element(name: str, parent: Any = None, text: str | None = None, **attributes: str) -> Any:
    """Return a new element, `prefix:Name`, below its parent or as the root of a new document."""
    from lxml import etree

    prefix, _, local = name.partition(":")
    tag, names = f"{{{_PREFIXES[prefix]}}}{local}", {prefix: _PREFIXES[prefix]}
    made = etree.Element(tag, nsmap=names) if parent is None else etree.SubElement(parent, tag, nsmap=names)
    made.text = text
    for key, value in attributes.items():
        made.set(key, value)
    return made


def _text(element: Any) -> str:
    from lxml import etree

    text: str = etree.tostring(element, encoding="unicode")
    return text


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
