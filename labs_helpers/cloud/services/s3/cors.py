"""Cross-origin rules, which are stored here and which moto applies in responses to requests with an Origin header.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.invalid_parameters import malformed_xml
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.errors import invalid_request

_METHODS = frozenset(("GET", "PUT", "HEAD", "POST", "DELETE"))
_MOST_RULES = 100


@operation("s3", "PutBucketCors")
def put_bucket_cors(call: Call) -> Mapping[str, Any]:
    """Replace a bucket's cross-origin rules. Rejects too many rules, and unknown methods.

    OBSERVED in 2023: an origin can be empty.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
    """
    rules = (call.parameters.get("CORSConfiguration") or {}).get("CORSRules") or ()
    if not 1 <= len(rules) <= _MOST_RULES:
        raise malformed_xml()
    for rule in rules:
        if not rule.get("AllowedMethods") or not rule.get("AllowedOrigins"):
            raise malformed_xml()
        _check_rule(rule)
    s3.set_cors(call.parameters["Bucket"], rules)
    return {}


def _check_rule(rule: Mapping[str, Any]) -> None:
    wrong = next((each for each in rule["AllowedMethods"] if each not in _METHODS), None)
    if wrong is not None:
        message = f"Found unsupported HTTP method in CORS config. Unsupported method is {wrong}"
        raise invalid_request(message)
    for member, name in (("AllowedOrigins", "AllowedOrigin"), ("AllowedHeaders", "AllowedHeader")):
        twice = next((each for each in rule.get(member) or () if each.count("*") > 1), None)
        if twice is not None:
            raise invalid_request(f'{name} "{twice}" can not have more than one wildcard.')


@operation("s3", "GetBucketCors")
def get_bucket_cors(call: Call) -> Mapping[str, Any]:
    """Return a bucket's cross-origin rules. Raises NoSuchCORSConfiguration if it has none.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html
    """
    bucket = call.parameters["Bucket"]
    rules = s3.cors(bucket)
    if not rules:
        message = "The CORS configuration does not exist"
        raise ServiceError("NoSuchCORSConfiguration", message, 404, BucketName=bucket)
    return {"CORSRules": rules}


@operation("s3", "DeleteBucketCors")
def delete_bucket_cors(call: Call) -> Mapping[str, Any]:
    """Remove a bucket's cross-origin rules.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html
    """
    s3.set_cors(call.parameters["Bucket"], ())
    return {}
