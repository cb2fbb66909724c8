"""SAML documents that come from outside: read without trusting them, and verified with keys that the account holds.

lxml and signxml are imported by the functions that need them, since few sessions ever see a SAML document.
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
    """A document is not what it must be; the text says why, for tests and developers rather than for callers."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What an identity provider says of itself: its name, the certificates of its signing keys, how long it holds."""

    entity_id: str
    certificates: tuple[Any, ...]
    valid_until: datetime | None
    redirect_to: str | None = None
    """Where it takes requests to sign in by the HTTP-Redirect binding."""
    sign_out_at: str | None = None
    """Where it takes requests to sign out by the HTTP-Redirect binding."""


# --- reading ----------------------------------------------------------------------------------------------------


def parse(document: bytes) -> Any:
    """The root of an XML document in UTF-8. Raises `SamlError`.

    No document type, so no entities of its own and nothing to fetch. The encoding is settled before anything is
    parsed, for a declared one such as UTF-7 could hide a document type from the first look.
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
    """A time of SAML, which is always UTC. Raises `SamlError`."""
    found = _INSTANT.fullmatch(text or "")
    try:
        return datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else _no_instant(text)
    except ValueError:
        return _no_instant(text)


def _no_instant(text: str | None) -> datetime:
    raise SamlError(f"{text!r} is no time in UTC")


def encrypted_part(response: Any) -> str | None:
    """What of a response is encrypted (`EncryptedID`), None where nothing is."""
    return next((name for name in _ENCRYPTED if next(response.iter(SAML + name), None) is not None), None)


def text_of(element: Any) -> str:
    """The text of an element that holds nothing but text. Raises `SamlError`."""
    if len(element):
        raise SamlError(f"{element.tag} holds more than text")
    return (element.text or "").strip()


@lru_cache(maxsize=16)
def read_metadata(document: str) -> Metadata:
    """What a provider's metadata document says. Raises `SamlError`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_saml.html: UTF-8, keys of at least 1024 bits.
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
    except Exception as error:  # cryptography has many errors for what is no certificate
        raise SamlError("a certificate that cannot be read") from error
    large = isinstance(key, rsa.RSAPublicKey) and key.key_size >= _SMALLEST_KEY
    if not large and not isinstance(key, ec.EllipticCurvePublicKey):
        raise SamlError("a key that is neither RSA of 1024 bits or more nor on an elliptic curve")
    return certificate


# --- verifying --------------------------------------------------------------------------------------------------


def read_response(encoded: str) -> Any:
    """The root of a SAML response in base64, nothing of it verified. Raises `SamlError`."""
    try:
        document = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SamlError("not base64") from error
    root = parse(document)
    if root.tag != f"{PROTOCOL}Response" or root.get("Version") != "2.0":
        raise SamlError("no Response of SAML 2.0")
    return root


def signed_assertion(root: Any, metadata: Metadata) -> Any:
    """The assertion of a response, as it was signed: the canonical form whose digest matched, read anew.

    Either the response or its assertion is signed, or both; whatever signatures there are must all be valid, made
    with a key of the metadata. Keys and certificates within the message are not looked at. Raises `SamlError`.
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
    """The response as it was signed; None where it has no signature of its own. Raises `SamlError`."""
    signature = root.find(f"{SIGNATURE}Signature")
    if signature is None:
        return None
    _check_signature_shape(signature, root.get("ID"))
    signed = _verify(root, "./", metadata)
    if signed.tag != root.tag or signed.get("ID") != root.get("ID"):
        raise SamlError("the signature is about another element")
    return signed


def check_shape(root: Any, kind: str) -> None:
    """One assertion (of the `kind` Assertion or EncryptedAssertion), right below the response; signatures in their
    places alone; no ID twice.

    It leaves no room for signature wrapping, where a signed element is moved aside and another takes its place:
    https://www.usenix.org/system/files/conference/usenixsecurity12/sec12-final91.pdf. Comments are refused too, for
    they are not signed and split texts in two.
    """
    assertion = root.find(SAML + kind)
    if assertion is None or sum(1 for _ in root.iter(f"{SAML}Assertion", f"{SAML}EncryptedAssertion")) != 1:
        raise SamlError(f"not one {kind}, right below the response")
    if any(not isinstance(element.tag, str) for element in root.iter()):
        raise SamlError("a comment, processing instruction or entity")
    signatures = list(root.iter(f"{SIGNATURE}Signature"))
    parents = [each.getparent() for each in signatures]
    if any(parent is not root and parent is not assertion for parent in parents):
        raise SamlError("a signature in an odd place")
    if len({id(parent) for parent in parents}) != len(parents):
        raise SamlError("two signatures of one element")
    ids = list(_ids(root))
    if len(set(ids)) != len(ids):
        raise SamlError("an ID twice")


def _ids(root: Any) -> Iterator[str]:
    for element in root.iter():
        for name in _IDS:
            if element.get(name) is not None:
                yield element.get(name)


def _check_signature_shape(signature: Any, signed_id: str | None) -> None:
    """A signature as SAML makes them: one reference, to the element it is in; exclusive canonical XML; no content.

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
    """What the signature at that place has signed, with any of the metadata's keys. Raises `SamlError`."""
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
            # The account trusts the key until it replaces the metadata; what a certificate says of its own dates is
            # not asked, as SAML's metadata interoperability profile has it (the guide says nothing of them).
            verification_time=certificate.not_valid_before_utc,
        )  # fmt: skip
        try:
            result = XMLVerifier().verify(
                document, x509_cert=certificate, id_attribute="ID", expect_config=config
            )
        except Exception as error:  # signxml's own errors, lxml's, cryptography's: each of them is a refusal
            reason = error
            continue
        return result.signed_xml  # one reference is expected, so there is no list
    raise SamlError(f"no signature by a key of the metadata: {reason}") from reason
