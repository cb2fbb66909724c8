"""Headers in the query of a presigned URL, which S3 reads as headers of the request.

SDKs move headers into the query when they sign a URL, so that its user need not send them: the JavaScript SDK all
x-amz- headers, and others if it is told to.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from labs_helpers.cloud.moto import protocols

_SIGNATURES = frozenset(("X-Amz-Signature", "Signature"))
_CONDITIONS = ("if-match", "if-none-match")
_METADATA = "x-amz-meta-"


def with_headers_in_query(request: Any, operation: Any) -> Any:
    """Return the request with the parameters of its presigned URL that are headers of the operation as headers.

    OBSERVED in 2026: If-None-Match and If-Match in the query are conditions, so that such a URL can be used once. A
    header that was sent as well stays as it was sent.
    """
    query = dict(parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True))
    if query.keys().isdisjoint(_SIGNATURES):
        return request
    known = {name.lower() for name in protocols.members_in("header", operation)}
    moved = {
        name: value for name, value in query.items()
        if _is_header(name.lower(), known) and name not in request.headers
    }  # fmt: skip
    return protocols.with_headers(request, moved) if moved else request


def _is_header(name: str, known: set[str]) -> bool:
    if name.startswith(_METADATA):
        return True
    return name in known and (name.startswith("x-amz-") or name in _CONDITIONS)
