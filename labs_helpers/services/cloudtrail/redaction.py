"""What CloudTrail shows of a call's parameters and of its answer, and what it hides.

CloudTrail writes member names with a small first letter. Secrets appear nowhere: AWS's API models mark them as
sensitive, and the tables below add what the services' own pages say.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from labs_helpers.core.record import Dropped, Entry
from labs_helpers.moto import protocols
from labs_helpers.services.kms import trail_facts as kms_facts

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_MASKED = "****"
_REMOVED = "<sensitiveDataRemoved>"
_LIMIT = 100 * 1024
"""CloudTrail's limit for requestParameters and responseElements."""

_OMIT = object()
_SHOW = object()
_SCRUBBED_FROM = 4
"""Shorter values are not looked for in error messages: they would turn up in any text."""

_HOW: Mapping[str, Any] = {
    # https://docs.aws.amazon.com/cognito/latest/developerguide/understanding-amazon-cognito-entries.html
    "cognito-idp": HIDDEN,
    "cognito-identity": HIDDEN,
    # https://docs.aws.amazon.com/sns/latest/dg/logging-using-cloudtrail.html
    "sns": HIDDEN,
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/logging-using-cloudtrail.html
    "sqs": HIDDEN,
    # https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-info-in-cloudtrail.html
    "identitystore": HIDDEN,
    "ssm": HIDDEN,
    "events": HIDDEN,
    # https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html
    "organizations": _MASKED,
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-with-cloudtrail.html
    "ec2": _REMOVED,
}
"""What stands in the place of a hidden value, by service; every other service leaves the member out."""

_EVERYWHERE = frozenset(
    "Password NewPassword OldPassword SecretAccessKey PrivateKey ClientSecret MasterUserPassword AuthToken SecretKey "
    "SecretString SecretBinary".split()
)
"""Members that are secret in any service, marked or not."""

_RULES: Mapping[str, Mapping[str, Any]] = {
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
    "iam": dict.fromkeys(
        ("AuthenticationCode1", "AuthenticationCode2", "SAMLMetadataDocument", "ServicePassword", "Base32StringSeed",
         "QRCodePNG", "CertificateBody", "CertificateChain"), _OMIT,
    ),
    "sts": dict.fromkeys(("TokenCode", "SAMLAssertion", "WebIdentityToken", "EncodedMessage", "DecodedMessage"), _OMIT),
    # https://docs.aws.amazon.com/kms/latest/developerguide/ct-decrypt.html: neither ciphertext nor plaintext.
    "kms": dict.fromkeys(
        ("CiphertextBlob", "Plaintext", "CiphertextForRecipient", "PrivateKeyCiphertextBlob", "PrivateKeyPlaintext",
         "EncryptedKeyMaterial", "ImportToken", "Message", "Mac", "Signature", "GrantTokens", "GrantToken",
         "PublicKey", "SharedSecret", "SharedSecretCiphertextBlob", "Recipient", "Ciphertext"), _OMIT,
    ),
    "secretsmanager": dict.fromkeys(("RandomPassword", "RotationToken"), _OMIT),
    # https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html
    "lambda": dict.fromkeys(("Payload", "ZipFile", "Variables", "ClientContext", "InvokeArgs"), _OMIT),
    "sqs": dict.fromkeys(("MessageBody", "MessageAttributes", "Body"), HIDDEN),
    "sns": dict.fromkeys(
        ("Message", "MessageAttributes", "Subject", "Token", "PlatformCredential", "PlatformPrincipal", "PhoneNumber"),
        HIDDEN,
    ),
    "cognito-idp": {
        **dict.fromkeys(
            ("ConfirmationCode", "Code", "UserCode", "SecretCode", "ClientMetadata", "ValidationData", "Credential",
             "DeviceSecretVerifierConfig", "ContextData", "UserContextData", "AuthParameters", "ChallengeResponses",
             "ChallengeParameters", "client_secret", "Session", "AccessToken", "RefreshToken", "IdToken", "DeviceKey",
             "NewDeviceMetadata", "PreSignedUrl", "private_key", "CredentialCreationOptions"), HIDDEN,
        ),
        # Marked in the model, but shown: it tells apps apart and is public.
        "ClientId": _SHOW,
    },
    "cognito-identity": dict.fromkeys(("DeveloperUserIdentifier", "Token"), HIDDEN),
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/understanding-ddb-log-entries.html:
    # values of attributes that are no keys do not appear, PartiQL's are hidden.
    "dynamodb": {
        **dict.fromkeys(
            ("Item", "Attributes", "ExpressionAttributeValues", "AttributeUpdates", "Expected", "KeyConditions",
             "ScanFilter", "QueryFilter", "Parameters", "ExclusiveStartKey", "ItemCollectionMetrics",
             "UnprocessedItems"), _OMIT,
        ),
        "Statement": HIDDEN,
    },
    "events": dict.fromkeys(("Detail", "AuthParameters", "Input"), HIDDEN),
    "logs": {"logEvents": _OMIT, "queryString": _SHOW},
    "ssm": {"Value": HIDDEN},
    "ec2": dict.fromkeys(("UserData", "KeyMaterial"), _REMOVED),
}  # fmt: skip
"""By service and member (or map key), at any depth."""

_S3_UNSHOWN = ("x-amz-request-id", "x-amz-id-2", "x-amz-sdk-checksum-algorithm")
_S3_SECRET_HEADERS = ("customer-key", "x-amz-mfa", "x-amz-security-token", "server-side-encryption-context")


def request_parameters(entry: Entry) -> tuple[Any, frozenset[str]]:
    """requestParameters, and the texts that were hidden from it."""
    if not entry.parameters and (entry.service != "kms" or entry.operation not in kms_facts.DEFAULTS):
        return None, frozenset()
    operation = _operation(entry)
    walk = _Walk(entry.service)
    if entry.service == "s3":
        shown = _s3_request(entry, operation, walk)
    else:
        shown = walk.structure(operation.input_shape, entry.parameters)
        if entry.service == "kms":
            shown = kms_facts.with_defaults(entry.operation, shown)
    return _limited(shown or None), frozenset(walk.hidden)


def response_elements(entry: Entry) -> tuple[Any, frozenset[str]]:
    """responseElements, None for reads and for what failed; and the texts that were hidden from it."""
    if entry.answer is None or entry.error_code:
        return None, frozenset()
    if entry.service == "kms" and entry.operation in kms_facts.READ_ONLY:
        return None, frozenset()
    operation = _operation(entry)
    if operation.output_shape is None:
        return None, frozenset()
    walk = _Walk(entry.service)
    if entry.service == "s3":
        shown = _s3_response(entry)
    else:
        shown = walk.structure(operation.output_shape, protocols.read(operation, entry.answer))
    return _limited(shown or None), frozenset(walk.hidden)


def scrubbed(text: str, secrets: frozenset[str]) -> str:
    """An error message without the secrets that a service repeats in it."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _operation(entry: Entry) -> Any:
    model = protocols.model(entry.service)
    assert model is not None
    return model.operation_model(entry.operation)


def _limited(shown: Any) -> Any:
    return shown if shown is None or len(json.dumps(shown, default=str)) <= _LIMIT else None


class _Walk:
    """One walk through a request or an answer along its model; collects what it hides."""

    def __init__(self, service: str):
        self._rules = _RULES.get(service, {})
        self._hides = _HOW.get(service, _OMIT)
        self.hidden: set[str] = set()

    def structure(self, shape: Any, value: Mapping[str, Any]) -> dict[str, Any]:
        members = shape.members if shape is not None else {}
        shown = {}
        for name, item in value.items():
            if item is not None and name in members:
                found = self._item(name, members[name], item)
                if found is not _OMIT:
                    shown[name[:1].lower() + name[1:]] = found
        return shown

    def _item(self, name: str, shape: Any, value: Any) -> Any:
        rule = self._rules.get(name)
        if rule is None and (name in _EVERYWHERE or shape.metadata.get("sensitive")):
            rule = self._hides
        if rule is None or rule is _SHOW:
            return self._value(shape, value)
        if rule is _MASKED and isinstance(value, str) and _is_identifier(value):
            return value
        self.hide(value)
        return rule

    def _value(self, shape: Any, value: Any) -> Any:
        if isinstance(value, Dropped):
            return _OMIT
        if shape.type_name == "structure" and isinstance(value, Mapping):
            return self.structure(shape, value)
        if shape.type_name == "list" and isinstance(value, list | tuple):
            items = [self._item("", shape.member, item) for item in value]
            return [item for item in items if item is not _OMIT]
        if shape.type_name == "map" and isinstance(value, Mapping):
            named = {key: self._item(key, shape.value, item) for key, item in value.items()}
            return {key: item for key, item in named.items() if item is not _OMIT}
        return _plain(value)

    def hide(self, value: Any) -> None:
        """Remember every text in a value that is not shown."""
        if isinstance(value, str) and len(value) >= _SCRUBBED_FROM:
            self.hidden.add(value)
        elif isinstance(value, bytes):
            self.hide(value.decode("utf-8", "replace"))
            self.hide(base64.b64encode(value).decode())
        elif isinstance(value, Mapping):
            for item in value.values():
                self.hide(item)
        elif isinstance(value, list | tuple):
            for item in value:
                self.hide(item)


def _is_identifier(value: str) -> bool:
    return (value.isdigit() and len(value) == 12) or value.startswith(("o-", "r-", "ou-", "h-"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return written(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def written(time: datetime) -> str:
    """A time inside of parameters, as CloudTrail writes it: `Jan 19, 2023 5:55:08 PM`."""
    moment = time.astimezone(UTC) if time.tzinfo else time
    hour = moment.hour % 12 or 12
    return f"{moment:%b} {moment.day}, {moment.year} {hour}:{moment:%M:%S %p}"


# S3 shows what HTTP carries: query and header names as they are, the bucket as `bucketName`.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html


def _s3_request(entry: Entry, operation: Any, walk: _Walk) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    bucket = entry.parameters.get("Bucket")
    if bucket:
        shown["bucketName"] = bucket
    shown["Host"] = s3_host(entry.region, bucket)
    for part in operation.http.get("requestUri", "").partition("?")[2].split("&"):
        name, _, value = part.partition("=")
        if name and name != "x-id":
            shown[name] = value
    for name, value in entry.parameters.items():
        member = operation.input_shape.members.get(name)
        if member is None or value is None or name == "Bucket":
            continue
        place = member.serialization.get("location")
        wire = member.serialization.get("name", name)
        if place == "uri":
            shown[wire[:1].lower() + wire[1:]] = value
        elif place in ("querystring", "header"):
            if any(secret in wire.lower() for secret in _S3_SECRET_HEADERS):
                walk.hide(value)
            elif place == "querystring" or wire.lower().startswith("x-amz-"):
                shown[wire] = _plain(value)
        elif place is None:
            _add_s3_body(shown, wire, value)
    return shown


def _add_s3_body(shown: dict[str, Any], name: str, value: Any) -> None:
    if name in ("Body", "Delete"):
        return
    if name == "Policy":
        try:
            shown["bucketPolicy"] = json.loads(value)
        except (TypeError, ValueError):
            shown["bucketPolicy"] = _plain(value)
    elif not isinstance(value, Dropped):
        shown[name] = _plain(value)


def _s3_response(entry: Entry) -> dict[str, Any]:
    assert entry.answer is not None
    headers = {str(name).lower(): str(value) for name, value in entry.answer.headers.items()}
    return {
        name: value for name, value in headers.items()
        if name.startswith("x-amz-") and "customer-key" not in name and name not in _S3_UNSHOWN
    }  # fmt: skip


def s3_host(region: str, bucket: str | None) -> str:
    """The host name of a bucket, or of S3 in a Region."""
    host = "s3.amazonaws.com" if region == "us-east-1" else f"s3.{region}.amazonaws.com"
    return f"{bucket}.{host}" if bucket else host
