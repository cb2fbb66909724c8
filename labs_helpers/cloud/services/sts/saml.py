"""AssumeRoleWithSAML, which gives a role to the bearer of an assertion signed by one of the account's SAML providers.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.saml_documents import (
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
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.sts.errors import access_denied, expired_token, invalid, invalid_token
from labs_helpers.cloud.services.sts.sessions import packed, passed_context, role_session, session_tags, shown
from labs_helpers.engine.policy import Principal

_AWS = "https://aws.amazon.com/SAML/Attributes/"
_SIGN_IN = re.compile(r"https://([a-z]{2}(-[a-z]+)+-\d\.)?signin\.aws\.amazon\.com/(static/)?saml")
_AUDIENCE = re.compile(rf"urn:amazon:webservices|{_SIGN_IN.pattern}")
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_LARGEST = 100_000
_FRESH = timedelta(minutes=5)
"""The limit on an assertion's age, and on how far ahead an issuer's clock can be.

AWS's message: https://github.com/Nike-Inc/gimme-aws-creds/issues/251
"""
_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
_DENIED = "Not authorized to perform sts:AssumeRoleWithSAML"

_PERSON, _ORG = "urn:oid:1.3.6.1.4.1.5923.1.1.1.", "urn:oid:1.3.6.1.4.1.5923.1.2.1."
_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_LISTS = {
    f"{_PERSON}1": "edupersonaffiliation", f"{_PERSON}2": "edupersonnickname", f"{_PERSON}4": "edupersonorgunitdn",
    f"{_PERSON}7": "edupersonentitlement", f"{_PERSON}9": "edupersonscopedaffiliation",
    f"{_PERSON}10": "edupersontargetedid", f"{_PERSON}11": "edupersonassurance",
    f"{_ORG}2": "eduorghomepageuri", f"{_ORG}3": "eduorgidentityauthnpolicyuri", f"{_ORG}4": "eduorglegalname",
    f"{_ORG}5": "eduorgsuperioruri", f"{_ORG}6": "eduorgwhitepagesuri", "urn:oid:2.5.4.3": "cn",
}  # fmt: skip
"""Attributes that become condition keys with several values."""
_TEXTS = {
    f"{_PERSON}3": "edupersonorgdn", f"{_PERSON}5": "edupersonprimaryaffiliation",
    f"{_PERSON}6": "edupersonprincipalname", f"{_PERSON}8": "edupersonprimaryorgunitdn",
    f"{_CLAIMS}name": "name", "http://schemas.xmlsoap.org/claims/CommonName": "commonname",
    f"{_CLAIMS}givenname": "givenname", f"{_CLAIMS}surname": "surname", f"{_CLAIMS}emailaddress": "mail",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid": "uid",
    "2.5.4.3": "commonname", "2.5.4.4": "surname", "2.4.5.42": "givenname", "2.5.4.45": "x500uniqueidentifier",
    "0.9.2342.19200300100.1.1": "uid", "0.9.2342.19200300100.1.3": "mail",
    "0.9.2342.19200300.100.1.45": "organizationstatus",
}  # fmt: skip
"""Attributes that become condition keys with one value. Both tables are from the guide (see the top of this module)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The content of a verified assertion."""

    provider: str
    issuer: str
    subject: str
    subject_type: str
    recipient: str
    attributes: Mapping[str, tuple[str, ...]]
    session_end: datetime | None

    @property
    def roles(self) -> list[str]:
        """Return the roles that the assertion pairs with this provider, in either order."""
        pairs = [
            {part.strip() for part in pair.split(",")} for pair in self.attributes.get(f"{_AWS}Role") or ()
        ]
        offered = [pair - {self.provider} for pair in pairs if self.provider in pair and len(pair) == 2]
        return list(dict.fromkeys(role for pair in offered for role in pair))

    @property
    def doc(self) -> str:
        """Return the provider's account and name, which is the value of `saml:doc`."""
        return f"{self.provider.split(':')[4]}/{self.provider.rpartition('/')[2]}"

    @property
    def name_qualifier(self) -> str:
        """Return the hash of the issuer and provider, which identifies a user uniquely together with the subject.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
        """
        # AWS documents SHA-1; the hash protects nothing.
        digest = hashlib.sha1((self.issuer + self.doc).encode(), usedforsecurity=False).digest()
        return base64.b64encode(digest).decode()

    def lasting_keys(self) -> dict[str, Any]:
        """Return the condition keys for the session's later requests. The trust policy can also check these keys.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
        """
        return {
            "aws:FederatedProvider": self.provider, "saml:namequalifier": self.name_qualifier,
            "saml:sub": self.subject, "saml:sub_type": self.subject_type,
        }  # fmt: skip

    def keys(self) -> dict[str, Any]:
        """Return all condition keys of the call. `saml:aud` is the recipient, not the audience."""
        keys: dict[str, Any] = {"saml:aud": self.recipient, "saml:iss": self.issuer, "saml:doc": self.doc}
        for name, values in self.attributes.items():
            if name in _LISTS:
                keys.setdefault(f"saml:{_LISTS[name]}", values)
            elif name in _TEXTS and values:
                keys.setdefault(f"saml:{_TEXTS[name]}", values[0])
        return {**keys, **self.lasting_keys()}


def authenticate(call: Call) -> None:
    """Verify the call's assertion, make its bearer the call's principal, and add its content to the context.

    If the assertion isn't valid, raises InvalidIdentityToken, ExpiredTokenException, or IDPRejectedClaim before the
    role or its trust policy is read. Raises AccessDenied for a role that the assertion doesn't contain.
    """
    identity = _for_role(call)
    call.principal, call.credentials = Principal.saml(identity.provider), None
    context: dict[str, Any] = {**identity.keys(), "sts:RoleSessionName": _session_name(identity)}
    passed = passed_context(*_tags_of(identity), _source_identity(identity))
    call.caller_context = {**call.caller_context, **context, **passed}


@operation("sts", "AssumeRoleWithSAML")
def assume_role_with_saml(call: Call) -> Mapping[str, Any]:
    """Return credentials for the assertion's subject in a role.

    The gate has already evaluated the role's trust policy.
    """
    role = moto_iam.role(call.account, call.parameters["RoleArn"].rpartition("/")[2])
    assert role is not None, "the gate has found the role's trust policy"
    identity = _for_role(call)
    tags, transitive = _tags_of(identity)
    session = role_session(
        call, role, via="AssumeRoleWithSAML", name=_session_name(identity), until=_session_end(call, identity),
        tags=tags, transitive=transitive, source_identity=_source_identity(identity), context=identity.lasting_keys(),
    )  # fmt: skip
    answer = {
        **shown(session),
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.principal.arn},
        **packed({**call.parameters, "Tags": _as_list(tags)}),
        "Subject": identity.subject,
        "SubjectType": identity.subject_type,
        "Issuer": identity.issuer,
        "Audience": identity.recipient,
        "NameQualifier": identity.name_qualifier,
    }
    return answer | ({"SourceIdentity": session.source_identity} if session.source_identity else {})


# --- the assertion ----------------------------------------------------------------------------------------------


def _for_role(call: Call) -> Identity:
    identity = verified(call, call.parameters["PrincipalArn"], call.parameters["SAMLAssertion"])
    _check_role(call.parameters["RoleArn"], identity)
    return identity


def verified(call: Call, provider: str, encoded: str) -> Identity:
    """Return the content of an assertion for AWS that one of the SAML providers in the call's account signed.

    The role isn't checked against the assertion. Raises InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim,
    or AccessDenied if the assertion isn't valid.
    """
    if len(encoded) > _LARGEST:
        raise invalid(
            "1 validation error detected: Value at 'sAMLAssertion' failed to satisfy constraint: "
            f"Member must have length less than or equal to {_LARGEST}"
        )
    known = moto_iam.saml_provider(call.account, provider)
    if known is None:
        raise invalid_token("Specified provider doesn't exist")
    if call.time >= known.valid_until:
        raise invalid_token("The provider's metadata has expired")
    try:
        metadata, response = read_metadata(known.saml_metadata_document), read_response(encoded)
    except SamlError as error:
        raise invalid_token("Invalid base64 SAMLResponse") from error
    _refuse_encrypted(response)
    _check_status(response)
    try:
        assertion = signed_assertion(response, metadata)
    except SamlError as error:
        raise invalid_token("Response signature invalid") from error
    try:
        _check_issuer(response, assertion, metadata)
        return _identity(call, provider, assertion, metadata)
    except SamlError as error:
        raise invalid_token(f"Your request included an invalid SAML response: {error}") from error


def _refuse_encrypted(response: Any) -> None:
    name = encrypted_part(response)
    if name is not None:
        raise NotModelled(
            f"sts:AssumeRoleWithSAML with an {name}: encrypted assertions aren't modeled, signed ones are; "
            "see labs_helpers/cloud/core/saml_documents.py"
        )


def _check_status(response: Any) -> None:
    """Raise IDPRejectedClaim if the provider sent a failure status instead of an assertion."""
    codes = [each.get("Value") for each in response.iterfind(f"{PROTOCOL}Status/{PROTOCOL}StatusCode")]
    if codes != [SUCCESS]:
        raise ServiceError(
            "IDPRejectedClaim", "The identity provider reported that authentication failed.", 403
        )


def _check_issuer(response: Any, assertion: Any, metadata: Metadata) -> None:
    """Raise InvalidIdentityToken if the assertion's or the response's issuer isn't the provider of the metadata."""
    issuers = [text_of(each) for each in assertion.iterfind(f"{SAML}Issuer")]
    outer = [text_of(each) for each in response.iterfind(f"{SAML}Issuer")]
    if len(issuers) != 1 or {*issuers, *outer} != {metadata.entity_id}:
        raise invalid_token("Issuer not present in specified provider")


def _identity(call: Call, provider: str, assertion: Any, metadata: Metadata) -> Identity:
    """Return the content of a verified assertion.

    Raise an error if it isn't intended for AWS, or isn't currently valid.
    """
    if assertion.get("Version") != "2.0":
        raise SamlError("it isn't a SAML 2.0 assertion")
    _check_times(assertion, call.time)
    _check_audience(assertion)
    subject, subject_type, recipient = _subject(assertion, call.time)
    attributes = _attributes(assertion)
    ends = [
        instant(each.get("SessionNotOnOrAfter"))
        for each in assertion.iterfind(f"{SAML}AuthnStatement")
        if each.get("SessionNotOnOrAfter") is not None
    ]
    if ends and call.time >= min(ends):
        raise expired_token("Response has expired")
    return Identity(
        provider, metadata.entity_id, subject, subject_type, recipient, attributes,
        min(ends) if ends else None,
    )  # fmt: skip


def _check_times(assertion: Any, now: datetime) -> None:
    issued = instant(assertion.get("IssueInstant"))
    if now >= issued + _FRESH:
        raise expired_token("Token must be redeemed within 5 minutes of issuance")
    if issued > now + _FRESH:
        raise invalid_token("Response was issued in the future")
    for conditions in assertion.iterfind(f"{SAML}Conditions"):
        _check_window(conditions, now)


def _check_window(element: Any, now: datetime) -> None:
    begins, ends = element.get("NotBefore"), element.get("NotOnOrAfter")
    if begins is not None and now < instant(begins):
        raise invalid_token("Response is not yet valid")
    if ends is not None and now >= instant(ends):
        raise expired_token("Response has expired")


def _check_audience(assertion: Any) -> None:
    """Raise InvalidIdentityToken unless there are audience restrictions and each one names AWS."""
    restrictions = assertion.findall(f"{SAML}Conditions/{SAML}AudienceRestriction")
    for each in restrictions:
        if not any(_AUDIENCE.fullmatch(text_of(audience)) for audience in each.iterfind(f"{SAML}Audience")):
            raise invalid_token("Response does not contain the required audience")
    if not restrictions:
        raise invalid_token("Response does not contain the required audience")


def _subject(assertion: Any, now: datetime) -> tuple[str, str, str]:
    """Return NameID, its format, and the recipient.

    The subject must have one bearer confirmation for AWS's sign-in endpoint that is currently valid.
    """
    names = assertion.findall(f"{SAML}Subject/{SAML}NameID")
    if len(names) != 1 or not text_of(names[0]):
        raise access_denied(_DENIED)
    confirmations = assertion.findall(f"{SAML}Subject/{SAML}SubjectConfirmation")
    if len(confirmations) != 1 or confirmations[0].get("Method") != BEARER:
        raise SamlError("it needs one SubjectConfirmation, of the bearer")
    data = confirmations[0].findall(f"{SAML}SubjectConfirmationData")
    if len(data) != 1 or not data[0].get("NotOnOrAfter") or not data[0].get("Recipient"):
        raise SamlError("it needs one SubjectConfirmationData with NotOnOrAfter and Recipient")
    _check_window(data[0], now)
    recipient = data[0].get("Recipient")
    if not _SIGN_IN.fullmatch(recipient):
        raise SamlError("its Recipient is not AWS's sign-in endpoint")
    name_format = names[0].get("Format") or "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
    return text_of(names[0]), name_format.removeprefix(_FORMAT), recipient


def _attributes(assertion: Any) -> dict[str, tuple[str, ...]]:
    """Return all attributes by name. Reject a repeated AWS attribute, so that it can't override the first one."""
    attributes: dict[str, tuple[str, ...]] = {}
    for each in assertion.iterfind(f"{SAML}AttributeStatement/{SAML}Attribute"):
        name = each.get("Name") or ""
        if name.startswith(_AWS) and name in attributes:
            raise SamlError(f"the attribute {name} appears twice")
        # Other attributes can contain elements (eduPersonTargetedID does), which mean nothing to AWS.
        plain = [value for value in each.iterfind(f"{SAML}AttributeValue") if not len(value)]
        attributes.setdefault(name, tuple(text_of(value) for value in plain))
    return attributes


def _check_role(role: str, identity: Identity) -> None:
    """Raise an error unless the call's role and provider are a pair in the Role attribute, in either order."""
    if not identity.attributes.get(f"{_AWS}Role"):
        raise invalid_token(f"Your request included an invalid SAML response: it has no attribute {_AWS}Role")
    if role not in identity.roles:
        raise access_denied(_DENIED)


# --- from the assertion to the session --------------------------------------------------------------------------


def _session_name(identity: Identity) -> str:
    values = identity.attributes.get(f"{_AWS}RoleSessionName") or ()
    if not values:
        raise invalid_token("RoleSessionName is required in AuthnResponse")
    if len(values) != 1 or not _NAME.fullmatch(values[0]):
        raise invalid_token("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
    return values[0]


def _session_end(call: Call, identity: Identity) -> datetime | None:
    """Return the earliest end that the assertion sets, which can shorten the requested session but not lengthen it."""
    ends = [identity.session_end] if identity.session_end else []
    values = identity.attributes.get(f"{_AWS}SessionDuration")
    if values is not None:
        fits = len(values) == 1 and re.fullmatch(r"\d{3,5}", values[0], re.ASCII)
        if not fits or not 900 <= int(values[0]) <= 43_200:
            raise invalid_token("SessionDuration in AuthnResponse must be between 900 and 43200")
        ends.append(call.time + timedelta(seconds=int(values[0])))
    return min(ends, default=None)


def _tags_of(identity: Identity) -> tuple[dict[str, str], frozenset[str]]:
    """Return the assertion's session tags, and the keys of the transitive ones.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-saml
    """
    start, tags = f"{_AWS}PrincipalTag:", {}
    for name, values in identity.attributes.items():
        if name.startswith(start):
            key = name.removeprefix(start)
            if len(values) != 1 or not 1 <= len(key) <= 128 or len(values[0]) > 256:
                raise invalid_token(
                    f"The session tag {key} in AuthnResponse is malformed: each tag has one value."
                )
            tags[key] = values[0]
    transitive = identity.attributes.get(f"{_AWS}TransitiveTagKeys", ())
    return session_tags({"Tags": _as_list(tags), "TransitiveTagKeys": list(transitive)}, None)


def _as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]


def _source_identity(identity: Identity) -> str | None:
    values = identity.attributes.get(f"{_AWS}SourceIdentity")
    if values is None:
        return None
    if len(values) != 1 or not _NAME.fullmatch(values[0]) or values[0].lower().startswith("aws:"):
        raise invalid_token('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
    return values[0]
