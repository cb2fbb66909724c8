"""Verification of AWS Signature Version 4 (and of S3's old query string signatures) with the secret access key.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
_CONTENT_HASH = "x-amz-content-sha256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
_UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
_SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
_SIGNED_CHUNKS_AND_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
CONTENT_WORDS = (
    _UNSIGNED, _UNSIGNED_CHUNKS, _SIGNED_CHUNKS, _SIGNED_CHUNKS_AND_TRAILER,
    "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER",
)  # fmt: skip
"""The values that S3 accepts in place of a hash of the body. The last two belong to Version 4A, which is unused."""
_TRAILER_SIGNATURE = b"x-amz-trailer-signature"
_IN_QUERY_4 = frozenset(("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"))
_REQUIRED = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders")
_IN_QUERY = _IN_QUERY_4 | {"AWSAccessKeyId", "Signature"}
"""A request with any of these parameters claims to be signed. If others are missing, it is malformed, not anonymous."""
_TOKEN = "X-Amz-Security-Token"
_SIGNS = "".join(map(chr, range(0x21, 0x7F)))
"""Characters in a URL's query that are signed as they were sent; other characters are encoded before signing."""
_FIELDS = ["Credential", "Signature", "SignedHeaders"]


@dataclass(frozen=True, slots=True)
class Request:
    """The HTTP request that was signed, as it was sent. Header names are lowercase."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """A request's signature, not yet verified.

    `expires` is a presigned URL's validity in seconds, or None for a signed header. `version` is 4, or 2 for S3's old
    presigned URLs, whose `expires_at` is an absolute time.
    """

    access_key_id: str
    signed: str
    token: str | None
    time: datetime | None
    date: str = ""
    region: str = ""
    service: str = ""
    signed_headers: tuple[str, ...] = ()
    expires: int | None = None
    expires_at: int | None = None
    version: int = 4

    @property
    def presigned(self) -> bool:
        """True if the signature is in the URL, whose validity is limited in time."""
        return self.expires is not None or self.expires_at is not None


class MalformedSignature(ValueError):
    """The error for a signed request whose signature can't be parsed."""


class IncompleteVersion2(MalformedSignature):
    """The error for a Version 2 presigned URL that lacks one of the three required parameters."""

    def __init__(self) -> None:
        super().__init__(
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"
        )


class IncompleteVersion4(MalformedSignature):
    """The error for a Version 4 presigned URL that lacks one of the required parameters."""

    def __init__(self) -> None:
        names = ", ".join(_REQUIRED)
        super().__init__(
            f"Query-string authentication version 4 requires the {names}, and X-Amz-Expires parameters"
        )


class TwoMechanisms(MalformedSignature):
    """The error for a request with a signature in its URL and another one in its header."""

    def __init__(self, authorization: str):
        super().__init__(
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            "parameter or the Authorization header should be specified"
        )
        self.authorization = authorization


class WrongTime(MalformedSignature):
    """The error for a signature in a header without a readable time."""

    def __init__(self) -> None:
        super().__init__("AWS authentication requires a valid Date or x-amz-date header")


class WrongScope(MalformedSignature):
    """The error for a signature that can be read but was created for another day, Region, or service."""


class WrongDay(WrongScope):
    """The error for a signature whose scope names another day than the request."""

    def __init__(self, scope: str, time: datetime):
        super().__init__(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{scope}' != '{time:%Y%m%d}', from '{time:%Y%m%dT%H%M%SZ}'"
        )


class WrongRegion(WrongScope):
    """The error for a signature that was created for a Region other than the endpoint's."""

    def __init__(self, given: str, expected: str):
        super().__init__("Credential should be scoped to a valid region")
        self.given, self.expected = given, expected


class UnknownAlgorithm(MalformedSignature):
    """The error for a signature of another kind than AWS Signature Version 4, such as Version 4A."""

    def __init__(self) -> None:
        super().__init__("the signing algorithm is not supported")


def in_query(request: Request) -> bool:
    """Return True if the signature is in the URL and not in the headers."""
    query = urlsplit(request.url).query
    return "authorization" not in request.headers and any(f"{name}=" in query for name in _IN_QUERY)


def read(request: Request) -> Signature | None:
    """Return a request's signature, or None if the request is unsigned.

    Raises `MalformedSignature` if the signature can't be parsed.
    """
    authorization = request.headers.get("authorization", "")
    text = urlsplit(request.url).query
    query = dict(parse_qsl(text, keep_blank_values=True)) if text else {}
    if query and authorization and not query.keys().isdisjoint(_IN_QUERY):
        raise TwoMechanisms(authorization)
    if authorization.startswith(f"{ALGORITHM} "):
        return _from_header(authorization, request.headers)
    if not query.keys().isdisjoint(_IN_QUERY_4):
        return _from_query(query)
    if not query.keys().isdisjoint(_IN_QUERY):
        return _version_2(query)
    if authorization.startswith("AWS "):
        return _version_2_in_header(authorization, request.headers)
    if authorization and not authorization.startswith("Bearer "):
        raise UnknownAlgorithm
    return None


def unsigned_headers(signature: Signature, request: Request) -> list[str]:
    """Return a request's x-amz- headers that its signature doesn't cover, sorted by name.

    Every x-amz- header must be signed: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    """
    if signature.version == 2:
        return []
    covered = (*signature.signed_headers, _CONTENT_HASH)
    return sorted(name for name in request.headers if name.startswith("x-amz-") and name not in covered)


def calculation(signature: Signature, request: Request) -> dict[str, str]:
    """Return the elements of S3's SignatureDoesNotMatch error that show the data S3 calculated the signature from.

    OBSERVED in 2026: AWSAccessKeyId, StringToSign, SignatureProvided, and for Version 4 CanonicalRequest.
    """
    found = {"AWSAccessKeyId": signature.access_key_id}
    if signature.version == 2:
        return found | _with_bytes("StringToSign", _version_2_to_sign(signature, request)) | {
            "SignatureProvided": signature.signed
        }  # fmt: skip
    payload = _payload_hash(signature, request) or request.headers.get(_CONTENT_HASH, "")
    canonical = next(_canonical_requests(signature, request, payload))
    found |= _with_bytes("StringToSign", _to_sign(signature, canonical))
    found["SignatureProvided"] = signature.signed
    return found | _with_bytes("CanonicalRequest", canonical)


def _with_bytes(name: str, text: str) -> dict[str, str]:
    return {name: text, f"{name}Bytes": text.encode().hex(" ")}


def _stamp(signature: Signature) -> str:
    return signature.time.strftime("%Y%m%dT%H%M%SZ") if signature.time else ""


def _to_sign(signature: Signature, canonical: str) -> str:
    scope = f"{signature.date}/{signature.region}/{signature.service}/aws4_request"
    return f"{ALGORITHM}\n{_stamp(signature)}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"


def valid(signature: Signature, request: Request, secret: str) -> bool:
    """Return True if the request, including its body, was signed with `secret`."""
    if signature.version == 2:
        return _version_2_valid(signature, request, secret)
    payload = _payload_hash(signature, request)
    return payload is not None and _signed_with(signature, request, secret, payload)


def other_content(signature: Signature, request: Request, secret: str) -> tuple[str, str] | None:
    """Return the declared and the actual hash of a body that isn't the body signed with `secret`, or None."""
    declared = request.headers.get(_CONTENT_HASH)
    if signature.version == 2 or declared is None or _payload_hash(signature, request) is not None:
        return None
    if not _signed_with(signature, request, secret, declared):
        return None
    return declared, hashlib.sha256(request.body).hexdigest()


def content_hash(request: Request) -> str | None:
    """Return the hash of the body that a request to S3 declares, or None if there isn't any."""
    return request.headers.get(_CONTENT_HASH)


def is_content_hash(declared: str) -> bool:
    """Return True for a SHA-256 hash, and for each word that S3 accepts in its place."""
    return declared in CONTENT_WORDS or re.fullmatch("[0-9a-fA-F]{64}", declared) is not None


def _signed_with(signature: Signature, request: Request, secret: str, payload: str) -> bool:
    scope = f"{signature.date}/{signature.region}/{signature.service}/aws4_request"
    key = _signing_key(secret, signature.date, signature.region, signature.service)
    for canonical in _canonical_requests(signature, request, payload):
        expected = hmac.new(key, _to_sign(signature, canonical).encode(), hashlib.sha256).hexdigest()
        if hmac.compare_digest(expected.encode(), signature.signed.encode(errors="replace")):
            if payload not in (_SIGNED_CHUNKS, _SIGNED_CHUNKS_AND_TRAILER):
                return True
            trailer = payload == _SIGNED_CHUNKS_AND_TRAILER
            return _chunks_valid(request.body, key, f"{_stamp(signature)}\n{scope}", expected, trailer)
    return False


def _canonical_requests(signature: Signature, request: Request, payload: str) -> Iterator[str]:
    """Yield the canonical requests that a signer might have signed, the most common first.

    Signers can sign a query as they send it or, as documented, with all but unreserved characters encoded. They can
    leave a path's dots and double slashes as they are, and can add the token after signing the query: AWS's own test
    suite contains the last two variants. None of these variants makes a different request acceptable, because the query
    and the path have the same meaning and the token is compared separately.
    """
    queries = [_canonical_query(request.url)]
    if signature.presigned and signature.token is not None:
        queries.append(_canonical_query(request.url, without=_TOKEN))
    encoded = _encoded_query(request.url)
    if encoded not in queries:
        queries.append(encoded)
    for path in _canonical_paths(request.url, signature.service):
        for query in queries:
            yield "\n".join(
                (
                    request.method,
                    path,
                    query,
                    *(f"{name}:{_header(request, name)}" for name in signature.signed_headers),
                    "",
                    ";".join(signature.signed_headers),
                    payload,
                )
            )


def _chunks_valid(body: bytes, key: bytes, when_and_where: str, previous: str, trailer: bool) -> bool:
    """Return True if every chunk of an upload, including the empty last one, and any trailer have valid signatures.

    Each signature depends on the previous one, and the first depends on the request's signature.
    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    """
    nothing, at = hashlib.sha256(b"").hexdigest(), 0
    while (end := body.find(b"\r\n", at)) >= 0:
        size, _, given = body[at:end].partition(b";chunk-signature=")
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
            return False
        length = int(size, 16)
        chunk = body[end + 2 : end + 2 + length]
        to_sign = f"{ALGORITHM}-PAYLOAD\n{when_and_where}\n{previous}\n{nothing}\n{hashlib.sha256(chunk).hexdigest()}"
        previous = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        at = end + 2 + length
        if trailer and not length:
            rest = body[at:]
            return hmac.compare_digest(previous.encode(), given) and _trailer_valid(
                rest, key, f"{when_and_where}\n{previous}"
            )
        if not hmac.compare_digest(previous.encode(), given) or body[at : at + 2] != b"\r\n":
            return False
        at += 2
        if not length:
            return at == len(body)
    return False


def _trailer_valid(trailer: bytes, key: bytes, when_where_and_previous: str) -> bool:
    """Return True if the trailing headers of an upload have a valid signature.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
    """
    pairs = [line.strip().partition(b":")[::2] for line in trailer.split(b"\r\n") if line.strip()]
    if not pairs or pairs[-1][0].lower() != _TRAILER_SIGNATURE:
        return False
    headers = b"".join(name.lower() + b":" + value.strip() + b"\n" for name, value in pairs[:-1])
    to_sign = f"{ALGORITHM}-TRAILER\n{when_where_and_previous}\n{hashlib.sha256(headers).hexdigest()}"
    expected = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), pairs[-1][1].strip())


def _from_header(authorization: str, headers: Mapping[str, str]) -> Signature:
    parts = [part.strip().partition("=")[::2] for part in authorization.removeprefix(ALGORITHM).split(",")]
    if sorted(name for name, _ in parts) != _FIELDS:
        raise MalformedSignature(f"Authorization header requires {', '.join(_FIELDS)}, each once")
    fields = dict(parts)
    try:
        key, date, region, service = _scope(fields["Credential"])
        signed_headers = tuple(fields["SignedHeaders"].split(";"))
        signed = fields["Signature"]
    except KeyError as error:
        raise MalformedSignature(f"Authorization header requires {error}") from error
    if "host" not in signed_headers:
        raise MalformedSignature("'Host' must be a signed header")
    try:
        time = _time(headers.get("x-amz-date") or "")
    except MalformedSignature as error:
        raise WrongTime from error
    return Signature(
        key, signed, headers.get("x-amz-security-token"), time, date, region, service, signed_headers
    )


def _from_query(query: Mapping[str, str]) -> Signature:
    if query.get("X-Amz-Algorithm", ALGORITHM) != ALGORITHM:
        raise UnknownAlgorithm
    if not query.keys() >= set(_REQUIRED):
        raise IncompleteVersion4
    key, date, region, service = _scope(query["X-Amz-Credential"])
    if service == "s3" and "X-Amz-Expires" not in query:
        raise IncompleteVersion4
    signed_headers = tuple(query["X-Amz-SignedHeaders"].split(";"))
    if "host" not in signed_headers:
        raise MalformedSignature("'Host' must be a signed header")
    if not re.fullmatch(r"[0-9]{1,9}", query.get("X-Amz-Expires", "0")):
        raise MalformedSignature("X-Amz-Expires should be a number")
    expires = int(query.get("X-Amz-Expires", "0"))
    if expires > 604_800:
        raise MalformedSignature("X-Amz-Expires must be less than a week (in seconds)")
    return Signature(
        key, query["X-Amz-Signature"], query.get(_TOKEN), _time(query["X-Amz-Date"]), date, region, service,
        signed_headers, expires,
    )  # fmt: skip


def _scope(credential: str) -> tuple[str, str, str, str]:
    parts = credential.split("/")
    if len(parts) != 5:
        raise MalformedSignature("the credential must have five parts: key/date/region/service/aws4_request")
    if parts[4] != "aws4_request":
        raise WrongScope(
            f"Credential should be scoped with a valid terminator: 'aws4_request', not '{parts[4]}'"
        )
    return parts[0], parts[1], parts[2], parts[3]


@lru_cache(maxsize=64)
def _time(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedSignature("X-Amz-Date must be in the ISO 8601 basic format") from error


def _payload_hash(signature: Signature, request: Request) -> str | None:
    """Return the payload hash of the canonical request, or None if the declared hash isn't the body's."""
    declared = request.headers.get(_CONTENT_HASH)
    if signature.service != "s3":
        return hashlib.sha256(request.body).hexdigest()
    if declared is None:
        return _UNSIGNED if signature.presigned else None
    if declared in (_UNSIGNED, _UNSIGNED_CHUNKS, _SIGNED_CHUNKS, _SIGNED_CHUNKS_AND_TRAILER):
        return declared
    actual = hashlib.sha256(request.body).hexdigest()
    return actual if actual == declared else None


def _canonical_paths(url: str, service: str) -> tuple[str, ...]:
    """Return the canonical paths: for S3, the path as sent; for other services, the path resolved and encoded again.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
    """
    path = urlsplit(url).path or "/"
    if service == "s3":
        return (path,)
    resolved = _resolved(path)
    return tuple(quote(each, safe="/-_.~") for each in ((path,) if resolved == path else (resolved, path)))


def _resolved(path: str) -> str:
    """Return a path without `.`, `..` and empty segments (RFC 3986, 5.2.4)."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            segments[-1:] = []
        elif segment not in ("", "."):
            segments.append(segment)
    ends_open = path.endswith(("/", "/.", "/..")) and segments
    return "/" + "/".join(segments) + ("/" if ends_open else "")


def _canonical_query(url: str, without: str = "") -> str:
    query = urlsplit(url).query
    if not query:
        return ""
    pairs = []
    for part in query.split("&"):
        name, _, value = quote(part, safe=_SIGNS).partition("=")
        if name not in ("X-Amz-Signature", without):
            pairs.append((name, value))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _encoded_query(url: str) -> str:
    """Return the query with every name and value decoded and encoded again.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
    """
    pairs = [part.partition("=")[::2] for part in urlsplit(url).query.split("&") if part]
    encoded = [tuple(quote(unquote(text), safe="-_.~") for text in pair) for pair in pairs]
    return "&".join(f"{name}={value}" for name, value in sorted(encoded) if name != "X-Amz-Signature")


def _header(request: Request, name: str) -> str:
    if name == "host":
        parts = urlsplit(request.url)
        default = {"http": 80, "https": 443}.get(parts.scheme)
        return parts.netloc if parts.port != default else parts.hostname or ""
    return " ".join(request.headers.get(name, "").split())


@lru_cache(maxsize=256)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _version_2_in_header(authorization: str, headers: Mapping[str, str]) -> Signature:
    """Return a signature of Version 2 in a header. OBSERVED in 2026: S3 still accepts it.

    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
    """
    key, colon, signed = authorization.removeprefix("AWS ").partition(":")
    if not colon or not key or not signed:
        raise MalformedSignature(
            "the authorization header is malformed; AWS AccessKeyId:Signature is expected"
        )
    try:
        time = parsedate_to_datetime(headers.get("x-amz-date") or headers.get("date") or "")
    except (ValueError, TypeError) as error:
        raise WrongTime from error
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return Signature(key, signed, headers.get("x-amz-security-token"), time, service="s3", version=2)


def _version_2(query: Mapping[str, str]) -> Signature:
    if not {"AWSAccessKeyId", "Signature"} <= query.keys() or not re.fullmatch(
        r"[0-9]{1,12}", query.get("Expires", "")
    ):
        raise IncompleteVersion2
    expires = int(query["Expires"])
    return Signature(
        query["AWSAccessKeyId"],
        query["Signature"],
        query.get("x-amz-security-token"),
        None,
        service="s3",
        expires_at=expires,
        version=2,
    )


_SUB_RESOURCES = frozenset(
    "accelerate acl analytics cors defaultObjectAcl delete encryption inventory lifecycle location logging metrics "
    "notification object-lock partNumber policy replication requestPayment response-cache-control "
    "response-content-disposition response-content-encoding response-content-language response-content-type "
    "response-expires restore select select-type storageClass tagging torrent uploadId uploads versionId versioning "
    "versions website".split()
)
_NEED_NO_SIGNATURE = frozenset(
    "AWSAccessKeyId Expires Signature continuation-token delimiter encoding-type fetch-owner key-marker list-type "
    "marker max-keys max-parts max-uploads part-number-marker prefix start-after upload-id-marker "
    "version-id-marker".split()
)
"""Parameters that only narrow a listing. Any other unsigned parameter could change the purpose of the URL."""
_BUCKET = re.compile(r"(?:(.+)\.)?s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com")


def _version_2_valid(signature: Signature, request: Request, secret: str) -> bool:
    """Return True if a Version 2 signature is valid.

    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
    """
    names = {name for name, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True)}
    # A parameter that the signature doesn't cover could have been added to the URL by anyone.
    if any(
        (name.startswith("x-amz-") and name in request.headers)
        or not (name in _SUB_RESOURCES or name in _NEED_NO_SIGNATURE or name.startswith("x-amz-"))
        for name in names
    ):
        return False
    to_sign = _version_2_to_sign(signature, request)
    expected = base64.b64encode(hmac.new(secret.encode(), to_sign.encode(), hashlib.sha1).digest()).decode()
    signed = unquote(signature.signed) if signature.presigned else signature.signed
    return hmac.compare_digest(expected.encode(), signed.encode())


def _version_2_date(signature: Signature, request: Request) -> str:
    """Return the signed date: a URL's expiration time, or the Date header unless x-amz-date is signed instead."""
    if signature.expires_at is not None:
        return str(signature.expires_at)
    return "" if "x-amz-date" in request.headers else request.headers.get("date", "")


def _version_2_to_sign(signature: Signature, request: Request) -> str:
    parts = urlsplit(request.url)
    host = _BUCKET.fullmatch(parts.hostname or "")
    bucket = host[1] if host else None
    resource = (f"/{bucket}" if bucket else "") + (parts.path or "/")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    subs = sorted((name, value) for name, value in pairs if name in _SUB_RESOURCES)
    if subs:
        resource += "?" + "&".join(f"{name}={value}" if value else name for name, value in subs)
    amz = {name: request.headers[name] for name in request.headers if name.startswith("x-amz-")}
    amz.update({name: value for name, value in pairs if name.startswith("x-amz-")})
    lines = "".join(f"{name}:{amz[name]}\n" for name in sorted(amz))
    return "\n".join(
        (
            request.method,
            request.headers.get("content-md5", ""),
            request.headers.get("content-type", ""),
            _version_2_date(signature, request),
            lines + resource,
        )
    )
