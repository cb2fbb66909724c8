"""A reader for untrusted SAML documents, which are verified with keys that the account registered.

lxml and signxml are imported inside the functions that need them, because few sessions ever see a SAML document.
https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_saml.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from labs_helpers.cloud.core import platform

SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
PROTOCOL = "{urn:oasis:names:tc:SAML:2.0:protocol}"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_ENCRYPTED = ("EncryptedAssertion", "EncryptedID", "EncryptedAttribute")
METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_IDS = ("ID", "Id", "id", "{http://www.w3.org/XML/1998/namespace}id")
_ID = re.compile(r"[A-Za-z_][\w.-]{0,255}", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z")
_SMALLEST_KEY = 1_024


class SamlError(ValueError):
    """The error for an invalid document.

    The message contains the reason for tests and developers; callers don't see it.
    """


@dataclass(frozen=True, slots=True)
class Metadata:
    """An identity provider's metadata: its name, the certificates of its signing keys, and its expiration time."""

    entity_id: str
    certificates: tuple[Any, ...]
    valid_until: datetime | None
    redirect_to: str | None = None
    """The URL for sign-in requests with the HTTP-Redirect binding."""
    sign_out_at: str | None = None
    """The URL for sign-out requests with the HTTP-Redirect binding."""


# --- reading ----------------------------------------------------------------------------------------------------


def parse(document: bytes) -> Any:
    """Return the root of a UTF-8 XML document. Raises `SamlError` if the document can't be parsed.

    A document type declaration is rejected, so the document can't define entities or cause anything to be fetched. The
    encoding is checked before parsing, because a declared encoding such as UTF-7 could hide a document type declaration
    from the first check.
    """
    platform.need_saml()
    from lxml import etree

    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SamlError("not UTF-8") from error
    if text.startswith("\ufeff") or "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SamlError("a byte order mark, document type or entity")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        huge_tree=False, recover=False, remove_blank_text=False,
    )  # fmt: skip
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise SamlError(f"not well-formed: {error}") from error
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None:
        raise SamlError("a document type")
    return root


def instant(text: str | None) -> datetime:
    """Return a SAML timestamp (which is always UTC) as a `datetime`.

    Raises `SamlError` if the text isn't a timestamp.
    """
    parts = _INSTANT.fullmatch(text or "")
    try:
        return datetime.fromisoformat(parts[1]).replace(tzinfo=UTC) if parts else _no_instant(text)
    except ValueError:
        return _no_instant(text)


def _no_instant(text: str | None) -> datetime:
    raise SamlError(f"{text!r} isn't a time in UTC")


def encrypted_part(response: Any) -> str | None:
    """Return the name of a response's encrypted part (`EncryptedID`), or None if nothing is encrypted."""
    return next((name for name in _ENCRYPTED if next(response.iter(SAML + name), None) is not None), None)


def text_of(element: Any) -> str:
    """Return the text of an element that has no child elements. Raises `SamlError` if it has any."""
    if len(element):
        raise SamlError(f"{element.tag} holds more than text")
    return (element.text or "").strip()


@lru_cache(maxsize=16)
def read_metadata(document: str) -> Metadata:
    """Read a provider's metadata document. Raises `SamlError` if the document is invalid.

    The document must be UTF-8 and have keys of at least 1024 bits:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html
    """
    root = parse(document.encode())
    if root.tag != f"{METADATA}EntityDescriptor" or not root.get("entityID"):
        raise SamlError("no EntityDescriptor with an entityID")
    certificates = []
    for key in root.iterfind(f"{METADATA}IDPSSODescriptor/{METADATA}KeyDescriptor"):
        if key.get("use", "signing") == "signing":
            certificates += [_certificate(text_of(each)) for each in key.iter(f"{SIGNATURE}X509Certificate")]
    if not certificates:
        raise SamlError("no IDPSSODescriptor with a signing certificate")
    until = root.get("validUntil")
    return Metadata(
        root.get("entityID"), tuple(certificates), instant(until) if until else None,
        _place(root, "SingleSignOnService"), _place(root, "SingleLogoutService"),
    )  # fmt: skip


def _place(root: Any, service: str) -> str | None:
    places = root.iterfind(f"{METADATA}IDPSSODescriptor/{METADATA}{service}")
    return next((each.get("Location") for each in places if each.get("Binding") == _REDIRECT), None)


def _certificate(text: str) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
        key = certificate.public_key()
    except Exception as error:  # cryptography raises many kinds of errors for an invalid certificate
        raise SamlError("a certificate that cannot be read") from error
    large = isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_KEY
    if not large and not isinstance(key, ec.EllipticCurvePublicKey):
        raise SamlError("a key that is neither RSA of 1024 bits or more nor on an elliptic curve")
    return certificate


# --- verifying --------------------------------------------------------------------------------------------------


def read_response(encoded: str) -> Any:
    """Return the root of a base64-encoded SAML response, without verifying it.

    Raises `SamlError` if it can't be parsed.
    """
    try:
        document = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SamlError("not base64") from error
    root = parse(document)
    if root.tag != f"{PROTOCOL}Response" or root.get("Version") != "2.0":
        raise SamlError("no Response of SAML 2.0")
    return root


def signed_assertion(root: Any, metadata: Metadata) -> Any:
    """Return the signed assertion of a response.

    It is parsed again from the canonical form whose digest matched. The response, its assertion, or both must be
    signed. All signatures must be valid and made with a key from the metadata; keys and certificates in the message
    itself are ignored. Raises `SamlError` if a signature is missing or invalid.
    """
    check_shape(root, "Assertion")
    assertion = root.find(f"{SAML}Assertion")
    signed = None
    for owner, location in ((root, "./"), (assertion, f"./{SAML}Assertion/")):
        signature = owner.find(f"{SIGNATURE}Signature")
        if signature is None:
            continue
        _check_signature_shape(signature, owner.get("ID"))
        signed = _verify(root, location, metadata)
        if signed.tag != owner.tag or signed.get("ID") != owner.get("ID"):
            raise SamlError("the signature is about another element")
    if signed is None:
        raise SamlError("neither the response nor its assertion is signed")
    if signed.tag == f"{SAML}Assertion":
        return signed
    return signed.find(f"{SAML}Assertion")


def signed_around(root: Any, metadata: Metadata) -> Any | None:
    """Return the response as covered by its own signature, or None if the response itself isn't signed.

    Raises `SamlError` if the signature is invalid.
    """
    signature = root.find(f"{SIGNATURE}Signature")
    if signature is None:
        return None
    _check_signature_shape(signature, root.get("ID"))
    signed = _verify(root, "./", metadata)
    if signed.tag != root.tag or signed.get("ID") != root.get("ID"):
        raise SamlError("the signature is about another element")
    return signed


def check_shape(root: Any, kind: str) -> None:
    """Reject a response that leaves room for signature wrapping.

    It must have exactly one assertion (`kind` is Assertion or EncryptedAssertion) as a child, signatures only where
    SAML allows them, and unique IDs. In signature wrapping, an attacker moves the signed element and puts a forged one
    in its place. Comments are rejected as well, because they aren't signed and can split an element's text. Raises
    `SamlError` for such a response.
    https://www.usenix.org/system/files/conference/usenixsecurity12/sec12-final91.pdf
    """
    assertion = root.find(SAML + kind)
    if assertion is None or sum(1 for _ in root.iter(f"{SAML}Assertion", f"{SAML}EncryptedAssertion")) != 1:
        raise SamlError(f"not exactly one {kind} directly below the response")
    if any(not isinstance(element.tag, str) for element in root.iter()):
        raise SamlError("a comment, processing instruction or entity")
    signatures = list(root.iter(f"{SIGNATURE}Signature"))
    parents = [each.getparent() for each in signatures]
    if any(parent is not root and parent is not assertion for parent in parents):
        raise SamlError("a signature in an unexpected place")
    if len({id(parent) for parent in parents}) != len(parents):
        raise SamlError("two signatures on one element")
    ids = list(_ids(root))
    if len(set(ids)) != len(ids):
        raise SamlError("an ID twice")


def _ids(root: Any) -> Iterator[str]:
    for element in root.iter():
        for name in _IDS:
            if element.get(name) is not None:
                yield element.get(name)


def _check_signature_shape(signature: Any, signed_id: str | None) -> None:
    """Reject a signature that doesn't consist of one reference to its parent, in exclusive canonical XML.

    https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf, 5.4
    """
    if not _ID.fullmatch(signed_id or "") or signature.find(f".//{SIGNATURE}Object") is not None:
        raise SamlError("a signature with content, or of an element without a proper ID")
    references = list(signature.iter(f"{SIGNATURE}Reference"))
    if [each.get("URI") for each in references] != [f"#{signed_id}"]:
        raise SamlError("a signature that does not refer to the element it is in")
    methods = [each.get("Algorithm") for each in signature.iter(f"{SIGNATURE}CanonicalizationMethod")]
    transforms = [each.get("Algorithm") for each in signature.iter(f"{SIGNATURE}Transform")]
    if methods != [_EXCLUSIVE] or transforms != [_ENVELOPED, _EXCLUSIVE]:
        raise SamlError("transforms other than the enveloped signature's and exclusive canonical XML")


def _verify(root: Any, location: str, metadata: Metadata) -> Any:
    """Return the element that the signature at `location` signed, if a key in the metadata verifies it.

    Raises `SamlError`.
    """
    from lxml import etree
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    sizes = ("SHA256", "SHA384", "SHA512")
    methods = frozenset(SignatureMethod[f"{kind}_{size}"] for kind in ("RSA", "ECDSA") for size in sizes)
    document = etree.tostring(root)
    reason: Exception | None = None
    for certificate in metadata.certificates:
        config = SignatureConfiguration(
            location=location, expect_references=1, signature_methods=methods, ignore_ambiguous_key_info=True,
            digest_algorithms=frozenset(DigestAlgorithm[size] for size in sizes),
            # The account trusts the key until it replaces the metadata. The certificate's own dates are ignored, as
            # SAML's metadata interoperability profile requires (AWS's guide doesn't mention them).
            verification_time=certificate.not_valid_before_utc,
        )  # fmt: skip
        try:
            result = XMLVerifier().verify(
                document, x509_cert=certificate, id_attribute="ID", expect_config=config
            )
        except (
            Exception
        ) as error:  # an error from signxml, lxml, or cryptography: each means that this key didn't sign
            reason = error
            continue
        return result.signed_xml  # one reference is expected, so there is no list
    raise SamlError(f"no signature by a key of the metadata: {reason}") from reason
