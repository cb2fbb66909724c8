"""Errors for requests that a service can't read: the protocol's error code, with AWS's message if it is known.

`labs_helpers.cloud.moto.invalid_parameters` rejects values of the right type that violate a constraint. The codes are
from the AWS documentation; the messages are from issue threads about AWS's SDKs:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (UnknownParameter, InvalidParameterValue),
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MalformedXML, InvalidArgument)
"""

from __future__ import annotations

from botocore.model import OperationModel

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.moto.invalid_parameters import malformed_document, malformed_xml
from labs_helpers.cloud.moto.parsers import Mistyped
from labs_helpers.cloud.moto.parsers.mistyped import LIST, NESTED, NUMBERED, STRUCTURE, Unknown

CODES = frozenset(
    {
        "SerializationException",
        "MalformedInput",
        "UnknownParameter",
        "UnknownOperationException",
        "InvalidAction",
        "MethodNotAllowed",
        "MalformedXML",
        "InvalidArgument",
    }
)
_WORDS = "The request could not be read."
"""The message to use if AWS's own isn't known."""
_LIST_HERE = "Start of list found where not expected"
_SAID = {
    # https://github.com/aarondfrancis/sidecar/issues/148
    ("String", "NUMBER_VALUE"): "NUMBER_VALUE can not be converted to a String",
    # https://github.com/floci-io/floci/pull/2686, measured at AWS
    ("String", "TRUE_VALUE"): "TRUE_VALUE can not be converted to a String",
    # https://github.com/aws/aws-cdk/pull/27087
    ("Integer", "STRING_VALUE"): "STRING_VALUE can not be converted to an Integer",
    # https://github.com/aws/aws-sdk-js-v3/issues/4343
    ("Timestamp", "STRING_VALUE"): "STRING_VALUE can not be converted to milliseconds since epoch",
    # https://github.com/aws/aws-sdk-js/issues/44
    (STRUCTURE, "STRING_VALUE"): "Expected null",
}
_SAID_BY_DYNAMODB = {
    # https://github.com/ca98am79/connect-dynamodb/pull/100
    ("String", "NUMBER_VALUE"): "NUMBER_VALUE cannot be converted to String",
}


def unreadable(
    service: str, protocol: str, error: Exception | None = None, operation: OperationModel | None = None
) -> ServiceError:
    """Return the service's error for a request that can't be parsed. `error` is the reason."""
    if protocol == "rest-xml":
        if isinstance(error, Mistyped) and error.head:
            return _argument(error)
        return malformed_document(operation) if operation is not None else malformed_xml()
    if protocol == "ec2":
        return _ec2(error)
    if protocol == "query":
        return ServiceError("MalformedInput", _form_words(error), 400)
    return ServiceError("SerializationException", _json_words(service, error), 400)


def _json_words(service: str, error: Exception | None) -> str:
    """Return the message about a JSON body, for instance about a list or a structure in place of a value.

    https://github.com/aws/aws-sdk-js-v3/issues/7215 and 7102
    """
    if not isinstance(error, Mistyped) or error.head:
        return _WORDS
    if service == "dynamodb" and (error.wanted, error.given) in _SAID_BY_DYNAMODB:
        return _SAID_BY_DYNAMODB[error.wanted, error.given]
    if error.given == LIST:
        return _LIST_HERE
    if error.given == STRUCTURE and error.wanted not in (STRUCTURE, "map"):
        return "Start of structure or map found where not expected"
    return _SAID.get((error.wanted, error.given), _WORDS)


def _form_words(error: Exception | None) -> str:
    """Return the message about an unreadable form-encoded body, in SNS's known wording.

    https://github.com/brendanhay/amazonka/issues/209 and https://github.com/boto/boto/pull/877
    """
    if not isinstance(error, Unknown):
        return _WORDS
    return {NUMBERED: "Top level element may not be treated as a list", NESTED: _LIST_HERE}.get(
        error.given, _WORDS
    )


def _ec2(error: Exception | None) -> ServiceError:
    if isinstance(error, Unknown):
        return ServiceError("UnknownParameter", f"The parameter {error.name[:80]} is not recognized", 400)
    if not isinstance(error, Mistyped) or not error.name:
        return ServiceError("InvalidParameterValue", _WORDS, 400)
    name = error.name[:1].lower() + error.name[1:]
    said = f"Value ({error.value[:80]}) for parameter {name[:80]} is invalid."
    return ServiceError("InvalidParameterValue", said, 400)


def _argument(error: Mistyped) -> ServiceError:
    return ServiceError("InvalidArgument", "The specified argument was not valid.", 400)


_NO_OPERATION = "The action or operation requested is invalid. Verify that the action is typed correctly."
_NO_METHOD = "The specified method is not allowed against this resource."


class UnknownOperation(ServiceError):
    """The error for an operation that the service doesn't have, in a protocol that it supports.

    https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/common-errors.html (UnknownOperationException, 404),
    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/CommonErrors.html (InvalidAction, 400),
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MethodNotAllowed, 405)
    """

    def __init__(self, protocol: str):
        if protocol == "rest-xml":
            super().__init__("MethodNotAllowed", _NO_METHOD, 405)
        elif protocol in ("query", "ec2"):
            super().__init__("InvalidAction", _NO_OPERATION, 400)
        else:
            super().__init__("UnknownOperationException", _NO_OPERATION, 404)
        self.protocol = protocol
