"""Headers in a presigned URL's query, which S3 reads as request headers.

When SDKs presign a URL, they move headers into the query string, so that clients that use the URL don't have to send
them. The JavaScript SDK moves all x-amz- headers, and others if configured to.
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
    """Return a presigned request whose query parameters are converted to headers if the operation has such headers.

    OBSERVED in 2026: If-None-Match and If-Match in the query are applied as conditions, so such a URL can be limited to
    one use. A header that was also sent keeps the value that was sent.
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
