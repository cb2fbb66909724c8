"""Errors for parameters that a service's model doesn't accept: each service's code and message.

Most services return the message from `constraints.sentence` with their own code. Messages that are known to differ are
in this module. S3 rejects a document as a whole.
"""

from __future__ import annotations

from dataclasses import replace

from botocore.model import ListShape, OperationModel, Shape, StructureShape

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.moto.constraints import Violation, sentence

_CODES = {
    "iam": "ValidationError",
    "sts": "ValidationError",
    "sns": "ValidationError",
    "logs": "InvalidParameterException",
    "cognito-idp": "InvalidParameterException",
    # https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html#API_GetRoleCredentials_Errors
    "sso": "InvalidRequestException",
}
"""Service → error code for a violated constraint; other services use ValidationException."""
_NOT_HELD_TO = {
    # SQS has its own error for a name that isn't in the list: InvalidAttributeName.
    "sqs": frozenset({"enum"}),
    # CloudTrail has an exception for each: InvalidMaxResultsException, InvalidEventSelectorsException and many more.
    "cloudtrail": frozenset({"enum", "pattern", "longer", "shorter", "greater", "less"}),
    # AWS adds resource types every week, and an older SDK sends their IDs as well.
    "ec2": frozenset({"pattern"}),
}
"""Kinds of constraints that a service doesn't enforce as its model states them."""
_NOT_MEANT = frozenset(
    {
        ("iam", "AttachmentName", "pattern"), ("cognito-idp", "Domain", "pattern"), ("s3", "ACL", "enum"),
        ("s3", "ChecksumMode", "enum"),
        ("s3", "TagSet", "required"), ("s3", "Policy", "required"), ("s3", "Permission", "enum"),
        ("s3", "Events", "enum"), ("s3", "Name", "enum"), ("s3", "LocationConstraint", "enum"),
    }
)  # fmt: skip
"""Constraints that contradict the same parameter's documentation.

IAM's simulator accepts wildcards in a name, a custom domain has dots, and the canned ACL log-delivery-write exists.
OBSERVED in 2026: S3 treats a missing TagSet as an empty one and an empty policy as a malformed one, and an access log's
target grant accepts more permissions than its type lists. Filter, event, and Region names have separate errors.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_InlinePolicyIdentifierType.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
"""
_MAY_BE_BLANK = frozenset({("cognito-idp", "Password"), ("cognito-idp", "TemporaryPassword")})
"""Parameters that can be blank. A blank password creates a user without one.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SignUp.html
"""


def refusal(service: str, operation: OperationModel, found: list[Violation]) -> ServiceError | None:
    """Return the service's error for violated constraints, or None if it doesn't enforce any of them."""
    loose = _NOT_HELD_TO.get(service, frozenset())
    found = [
        each
        for each in found
        if each.kind not in loose
        and (service, each.members[-1], each.kind) not in _NOT_MEANT
        and not (each.blank and (service, each.members[-1]) in _MAY_BE_BLANK)
    ]
    if not found:
        return None
    in_own_words = _IN_OWN_WORDS.get(service)
    own = in_own_words(operation, found[0]) if in_own_words is not None else None
    if service == "iam":
        found = [_without_value(each) for each in found]
    return own or ServiceError(_CODES.get(service, "ValidationException"), sentence(found), 400)


def _without_value(violation: Violation) -> Violation:
    """Return a violation as IAM words it: without the value, and without the list of values that the parameter accepts.

    OBSERVED in 2025: "Value at 'status' failed to satisfy constraint: Member must satisfy enum value set".
    """
    if violation.kind == "enum":
        return replace(violation, value=None, constraint="Member must satisfy enum value set")
    return replace(violation, value=None)


_NAME = r"[\w+=,.@-]+"


def _iam(operation: OperationModel, first: Violation) -> ServiceError | None:
    """Return IAM's error for an invalid name, path, or document, which lists the allowed characters.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
    """
    name = first.members[-1]
    parameter = name[:1].lower() + name[1:]
    if first.kind != "pattern" or len(first.members) > 1:
        return None
    if name == "Path":
        rest = "It must begin and end with / and contain only alphanumeric characters and/or / characters."
    elif name == "PathPrefix":
        rest = "It must begin with / and contain only alphanumeric characters and/or / characters."
    elif first.pattern.rstrip("+*") == _NAME.rstrip("+"):
        rest = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    elif name.endswith("Document"):
        rest = "It must contain only printable ASCII characters."
    else:
        return None
    return ServiceError("ValidationError", f"The specified value for {parameter} is invalid. {rest}", 400)


_NAME_IMAGES = ("CopyImage", "CreateImage", "RegisterImage")


def _ec2(operation: OperationModel, first: Violation) -> ServiceError | None:
    """Return EC2's error, which quotes the value.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    name = first.members[-1]
    if first.kind == "required":
        return ServiceError("MissingParameter", f"The request must contain the parameter {name}", 400)
    if name == "Name" and operation.name in _NAME_IMAGES:
        message = f"AMI names must be between 3 and 128 characters long, unlike '{first.value}'"
        return ServiceError("InvalidAMIName.Malformed", message, 400)
    parameter = name[:1].lower() + name[1:]
    more = {"greater": "less than", "less": "greater than"}.get(first.kind)
    expecting = f" Expecting a value {more} {first.constraint.split()[-1]}." if more else ""
    said = f"Value ({first.value}) for parameter {parameter} is invalid.{expecting}"
    return ServiceError("InvalidParameterValue", said, 400)


def _sqs(operation: OperationModel, first: Violation) -> ServiceError | None:
    """Return SQS's error for a missing parameter, or None for other violations.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
    """
    if first.kind != "required":
        return None
    return ServiceError(
        "MissingParameter", f"The request must contain the parameter {first.members[-1]}.", 400
    )


_REASONS = {
    "required": ("INPUT_REQUIRED", "You must specify a value for {name}."),
    "enum": ("INVALID_ENUM", "You specified an invalid value."),
    "shorter": ("MIN_LENGTH_EXCEEDED", "You provided a string parameter that is shorter than allowed."),
    "longer": ("MAX_LENGTH_EXCEEDED", "You provided a string parameter that is longer than allowed."),
    "less": ("MIN_VALUE_EXCEEDED", "You provided a numeric parameter that has a smaller value than allowed."),
    "greater": (
        "MAX_VALUE_EXCEEDED",
        "You provided a numeric parameter that has a larger value than allowed.",
    ),
    "pattern": ("INVALID_PATTERN", "You provided a value that does not match the required pattern."),
}
_ENUM_POLICY_TYPE = ("INVALID_ENUM_POLICY_TYPE", "You specified an invalid policy type.")
_LIST_MEMBER = ("INVALID_LIST_MEMBER", "You provided a list that contains at least one invalid value.")
_REASONS_OF_SHAPES = {
    ("enum", "PolicyType"): _ENUM_POLICY_TYPE,
    ("enum", "EffectivePolicyType"): _ENUM_POLICY_TYPE,
    ("pattern", "PolicyId"): ("INVALID_SYNTAX_POLICY_ID", "You specified an invalid policy ID."),
    ("pattern", "PolicyTargetId"): (
        "INVALID_PATTERN_TARGET_ID",
        "You specified a policy target ID that does not match the required pattern.",
    ),
}


def _organizations(operation: OperationModel, first: Violation) -> ServiceError | None:
    """Return InvalidInputException with the reason code of the violation.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html
    """
    shape: Shape | None = operation.input_shape
    for name in first.members:
        while isinstance(shape, ListShape):
            shape = shape.member
        assert isinstance(shape, StructureShape)
        shape = shape.members[name]
    assert shape is not None
    reason, message = _REASONS_OF_SHAPES.get((first.kind, shape.name), _REASONS[first.kind])
    if isinstance(shape, ListShape) and first.kind == "enum":
        reason, message = _LIST_MEMBER
    said = message.format(name=first.members[-1])
    return ServiceError("InvalidInputException", said, 400, Reason=reason)


def _with_fields(operation: OperationModel, first: Violation) -> ServiceError | None:
    """Return a ValidationException that lists the invalid field.

    https://docs.aws.amazon.com/accounts/latest/reference/API_ValidationExceptionField.html
    https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidationExceptionField.html
    """
    said, name = sentence([first]), first.members[-1]
    fields = [{"name": name[:1].lower() + name[1:], "message": said}]
    return ServiceError("ValidationException", said, 400, reason="fieldValidationFailed", fieldList=fields)


_S3_HEADERS = {
    "StorageClass": ("InvalidStorageClass", "The storage class you specified is not valid"),
    "ServerSideEncryption": (
        "InvalidEncryptionAlgorithmError",
        "The encryption request that you specified is not valid. The valid value is AES256.",
    ),
    "ObjectLockMode": ("InvalidArgument", "Unknown wormMode directive."),
    "ObjectLockLegalHoldStatus": ("InvalidArgument", "Legal Hold must be either of 'ON' or 'OFF'"),
    "MetadataDirective": ("InvalidArgument", "Unknown metadata directive."),
    "TaggingDirective": ("InvalidArgument", "Unknown tagging directive."),
    "ChecksumAlgorithm": (
        "InvalidRequest",
        (
            "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, "
            "CRC32C, CRC64NVME, SHA1, SHA256]"
        ),
    ),
    "ChecksumType": ("InvalidRequest", "Value for x-amz-checksum-type header is invalid."),
    "EncodingType": ("InvalidArgument", "Invalid Encoding Method specified in Request"),
    "ObjectOwnership": ("InvalidArgument", "Invalid x-amz-object-ownership header: {value}"),
}
"""Parameter → code and message of S3's error.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""


def malformed_xml() -> ServiceError:
    """Return S3's error for an XML document that doesn't follow its schema."""
    message = "The XML you provided was not well-formed or did not validate against our published schema"
    return ServiceError("MalformedXML", message, 400)


def malformed_acl() -> ServiceError:
    """Return S3's error for an access control list that doesn't follow its schema. OBSERVED in 2026."""
    return ServiceError("MalformedACLError", malformed_xml().message, 400)


_ACL_OPERATIONS = frozenset(("PutBucketAcl", "PutObjectAcl"))


def malformed_document(operation: OperationModel) -> ServiceError:
    """Return the error with which S3 rejects an operation's document as a whole."""
    return malformed_acl() if operation.name in _ACL_OPERATIONS else malformed_xml()


def _s3(operation: OperationModel, first: Violation) -> ServiceError | None:
    """Return S3's error for the whole document, or for one header or query parameter as an invalid argument."""
    assert operation.input_shape is not None
    name = first.members[0]
    where = operation.input_shape.members[name].serialization
    place = where.get("location")
    if place is None:
        return malformed_document(operation)
    if first.kind == "required":
        return ServiceError(
            "InvalidRequest", f"Missing required header for this request: {where['name']}", 400
        )
    code, message = _S3_HEADERS.get(name, ("InvalidArgument", "The specified argument was not valid."))
    value = first.value or ""
    if operation.input_shape.members[name].type_name == "list":
        # The header has the list's members without brackets.
        value = value.removeprefix("[").removesuffix("]")
    fields = {"ArgumentName": where["name"], "ArgumentValue": value}
    if code == "InvalidStorageClass":
        fields = {"StorageClassRequested": first.value or ""}
    elif code == "InvalidRequest":
        fields = {}
    return ServiceError(code, message.format(value=first.value), 400, **fields)


def _oidc(operation: OperationModel, first: Violation) -> ServiceError | None:
    """Return the exception with OAuth's error code and a description.

    https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors
    """
    said = sentence([first])
    return ServiceError("InvalidRequestException", said, 400, error="invalid_request", error_description=said)


_IN_OWN_WORDS = {
    "accessanalyzer": _with_fields,
    "account": _with_fields,
    "iam": _iam,
    "ec2": _ec2,
    "sqs": _sqs,
    "organizations": _organizations,
    "s3": _s3,
    "sso-oidc": _oidc,
}
