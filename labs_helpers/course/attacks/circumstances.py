"""Circumstances of calls that no rule can rely on: how a caller signed in, and what sent the call.

The cloud plays all calls with one program, and without MFA. On the night that the learner doesn't see, the records are
changed, so that a rule can't exempt callers by such fields. The scenarios get the changes in turn. The fields that show
who did what aren't changed.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

_Record = Mapping[str, Any]
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
_PROGRAMS = (
    "aws-cli/2.32.6 md/awscrt#0.28.4 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.9",
    "APN/1.0 HashiCorp/1.0 Terraform/1.14.0 terraform-provider-aws/6.22.1 aws-sdk-go-v2/1.39.6",
    "Boto3/1.40.70 md/Botocore#1.40.70 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.9",
)
_SERVICE = "cloudformation.amazonaws.com"


def _as_played(record: _Record, number: int) -> _Record:
    return record


def _in_the_console(record: _Record, number: int) -> _Record:
    """Return the record as if the call was made in the console with MFA, or unchanged if the caller can't use MFA."""
    who = record["userIdentity"]
    if who.get("type") not in ("IAMUser", "AssumedRole", "Root"):
        return record
    context = who.get("sessionContext", {})
    attributes = {
        "creationDate": record["eventTime"],
        **context.get("attributes", {}),
        "mfaAuthenticated": "true",
    }
    signed_in = {**who, "sessionContext": {**context, "attributes": attributes}}
    return {
        **record,
        "userIdentity": signed_in,
        "userAgent": _BROWSER,
        "sessionCredentialFromConsole": "true",
    }


def _through_a_service(record: _Record, number: int) -> _Record:
    """Return the record as if CloudFormation made the call with the caller's permissions."""
    if "invokedBy" in record["userIdentity"]:
        return record
    who = {**record["userIdentity"], "invokedBy": _SERVICE}
    return {**record, "userIdentity": who, "sourceIPAddress": _SERVICE, "userAgent": _SERVICE}


def _with_other_programs(record: _Record, number: int) -> _Record:
    """Return the record as if one of several programs made the call through a VPC endpoint."""
    return {
        **record,
        "userAgent": _PROGRAMS[number % len(_PROGRAMS)],
        "vpcEndpointId": "vpce-0a1b2c3d4e5f67890",
        "vpcEndpointAccountId": record.get("recipientAccountId"),
    }


CIRCUMSTANCES: tuple[tuple[str, Callable[[_Record, int], _Record]], ...] = (
    ("", _as_played),
    (", in the console with MFA", _in_the_console),
    (", through CloudFormation", _through_a_service),
    (", with other programs", _with_other_programs),
)
"""The words that follow a form's name, and the change to its records."""


def varied(records: Iterable[_Record], turn: int) -> tuple[str, tuple[_Record, ...]]:
    """Return the circumstances whose turn it is, in words, and the records changed to fit these circumstances."""
    words, change = CIRCUMSTANCES[turn % len(CIRCUMSTANCES)]
    return words, tuple(change(record, number) for number, record in enumerate(records))
