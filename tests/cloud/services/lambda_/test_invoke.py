"""The payload of an invocation: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

from __future__ import annotations

import pytest

from tests.clouds import error_of

_ARN = "arn:aws:lambda:us-east-1:111122223333:function:greet"


def _of(size: int) -> bytes:
    """A JSON string of this many bytes."""
    return b'"' + b"x" * (size - 2) + b'"'


@pytest.mark.parametrize(
    ("kind", "largest"), [("RequestResponse", 6 * 1024**2), ("DryRun", 6 * 1024**2), ("Event", 1024**2)]
)
def test_a_payload_has_a_largest_size(cloud, function, kind, largest):
    seen = []
    cloud.lambda_function(_ARN, lambda event, _: seen.append(len(event)))
    call = {"FunctionName": "greet", "InvocationType": kind}
    code, message = error_of(function.invoke, **call, Payload=_of(largest + 1))
    assert (code, str(largest) in message, seen) == ("RequestTooLargeException", True, [])
    function.invoke(**call, Payload=_of(largest))
    assert len(seen) == (kind != "DryRun")


@pytest.mark.parametrize("payload", [b"{", b"NaN", b"\xff", b"[" * 100_000])
def test_a_payload_is_json(cloud, function, payload):
    cloud.lambda_function(_ARN, lambda event, _: event)
    code, message = error_of(function.invoke, FunctionName="greet", Payload=payload)
    assert code == "InvalidRequestContentException"
    assert message.startswith("Could not parse request body into json")
