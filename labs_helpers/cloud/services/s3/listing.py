"""Operations that list buckets, objects, and versions, sorted by name, paginated, and grouped by a delimiter.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ListingKeysUsingAPIs.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.protocols import regions
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.errors import wrong_argument
from labs_helpers.cloud.services.shared.paging import Pages

_MOST = 1000


def _wrong_token(token: str) -> ServiceError:
    return wrong_argument("The continuation token provided is incorrect", "continuation-token", token)


# Only continuation tokens are opaque. The markers of ListObjects, ListObjectVersions, ListMultipartUploads and
# ListParts are documented as keys, version IDs, upload IDs and part numbers, which callers can choose: they
# stay plain. A continuation token contains the last name on its page, because objects can be created and
# deleted between two requests.
_TOKENS = Pages(
    _wrong_token, token="ContinuationToken", next="NextContinuationToken", size="MaxKeys", most=_MOST,
    unbound=(
        "MaxBuckets", "StartAfter", "FetchOwner", "EncodingType", "RequestPayer", "ExpectedBucketOwner",
        "OptionalObjectAttributes",
    ),
)  # fmt: skip
_ENCODED = ("Prefix", "Delimiter", "Marker", "NextMarker", "StartAfter", "KeyMarker", "NextKeyMarker")


@operation("s3", "ListBuckets")
def list_buckets(call: Call) -> Mapping[str, Any]:
    """Return the account's buckets sorted by name, with their Regions if the request has any parameter.

    OBSERVED in 2026: the response contains each bucket's ARN.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
    """
    given = call.parameters
    prefix, region, after = given.get("Prefix") or "", given.get("BucketRegion"), _TOKENS.open(call) or ""
    matching = [
        each for each in s3.buckets_of(call.account)
        if each.name.startswith(prefix) and region in (None, each.region) and each.name > after
    ]  # fmt: skip
    if region is not None and region not in regions():
        raise wrong_argument(f"Argument value {region} is not a valid AWS Region", "bucket-region", region)
    size = given.get("MaxBuckets") or len(matching)
    with_regions = bool(prefix or region or given.get("MaxBuckets") or after)
    answer: dict[str, Any] = {
        "Buckets": [
            {"Name": each.name, "CreationDate": each.created, "BucketArn": f"arn:aws:s3:::{each.name}"}
            | ({"BucketRegion": each.region} if with_regions else {})
            for each in matching[:size]
        ],
        "Owner": {"ID": s3.canonical_id(call.account)},
    }  # fmt: skip
    if prefix:
        answer["Prefix"] = prefix
    return answer | (
        {"ContinuationToken": _TOKENS.seal(call, matching[size - 1].name)} if len(matching) > size else {}
    )


@operation("s3", "ListObjects")
def list_objects(call: Call) -> Mapping[str, Any]:
    """Return a page of objects. NextMarker is present only with a delimiter; otherwise, the last key is the marker.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
    """
    given = call.parameters
    marker = given.get("Marker") or ""
    page = _page(call, _current(call), marker)
    answer = _list_answer(call, page, {"Contents": [_object_entry(each, owner=True) for each in page.items]})
    answer["Marker"] = marker
    if page.truncated and given.get("Delimiter"):
        answer["NextMarker"] = page.last
    return url_encoded(call, answer)


@operation("s3", "ListObjectsV2")
def list_objects_v2(call: Call) -> Mapping[str, Any]:
    """Return a page of objects, with a continuation token if there are more objects.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    """
    given = call.parameters
    page = _page(call, _current(call), _TOKENS.open(call) or given.get("StartAfter") or "")
    contents = [_object_entry(each, owner=bool(given.get("FetchOwner"))) for each in page.items]
    answer = _list_answer(call, page, {"Contents": contents, "KeyCount": page.count})
    for name in ("ContinuationToken", "StartAfter"):
        if given.get(name):
            answer[name] = given[name]
    if page.truncated:
        answer |= _TOKENS.following(_TOKENS.seal(call, page.last))
    return url_encoded(call, answer)


@operation("s3", "ListObjectVersions")
def list_object_versions(call: Call) -> Mapping[str, Any]:
    """Return a page of versions and delete markers. The next page begins after the last version on this page.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    """
    given = call.parameters
    marker, version = given.get("KeyMarker") or "", given.get("VersionIdMarker") or ""
    if version and not marker:
        raise wrong_argument(
            "A version-id marker cannot be specified without a key marker.", "version-id-marker", version
        )
    page = _page(
        call, _versions_after(s3.versions(given["Bucket"]), marker, version), "" if version else marker
    )
    answer = _list_answer(call, page, {
        "Versions": [_object_entry(each, owner=True) | _version_facts(each) for each in page.items if not each.marker],
        "DeleteMarkers": [
            {"Key": each.key, "LastModified": each.modified, "Owner": _owner(each), **_version_facts(each)}
            for each in page.items if each.marker
        ],
    })  # fmt: skip
    answer |= {"KeyMarker": marker, "VersionIdMarker": version}
    if page.truncated:
        answer["NextKeyMarker"] = page.last
        if page.version is not None:
            answer["NextVersionIdMarker"] = page.version
    return url_encoded(call, answer)


def _current(call: Call) -> Iterable[s3.Version]:
    return (each for each in s3.versions(call.parameters["Bucket"]) if each.latest and not each.marker)


def _versions_after(listed: Iterable[s3.Version], key: str, version: str) -> Iterable[s3.Version]:
    """Yield the versions after a version of a key, or all of them if `version` is empty."""
    if not version:
        yield from listed
        return
    reached = False
    for each in listed:
        if reached or each.key > key:
            yield each
        reached = reached or (each.key, each.id) == (key, version)


# Pages


@dataclass(slots=True)
class _Page:
    """A page: its objects and common prefixes, the name at which it ends, and whether more follow."""

    items: list[s3.Version]
    prefixes: list[str]
    last: str = ""
    version: str | None = None
    truncated: bool = False

    @property
    def count(self) -> int:
        """The number of entries; a common prefix is one entry."""
        return len(self.items) + len(self.prefixes)


def _page(call: Call, listed: Iterable[s3.Version], after: str) -> _Page:
    """Return the keys after `after` that have the prefix; keys that share a common prefix are one entry.

    OBSERVED in 2026: a page that begins within a common prefix continues after all of it.
    """
    given, size = call.parameters, _size(call)
    prefix, delimiter = given.get("Prefix") or "", given.get("Delimiter") or ""
    page = _Page([], [])
    for each in listed if size else ():
        if not each.key.startswith(prefix) or (after and each.key.encode() <= after.encode()):
            continue
        shared = common_prefix(each.key, prefix, delimiter)
        if shared is not None and (shared in page.prefixes or (after and after.startswith(shared))):
            continue
        if page.count >= size:
            page.truncated = True
            break
        if shared is None:
            page.items.append(each)
            page.last, page.version = each.key, each.id
        else:
            page.prefixes.append(shared)
            page.last, page.version = shared, None
    return page


def _size(call: Call) -> int:
    requested: int = call.parameters.get("MaxKeys", _MOST)
    return min(_MOST, requested)


def common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    """Return the part of a key up to the first delimiter after the prefix, or None if the delimiter doesn't occur."""
    if not delimiter or not key.startswith(prefix):
        return None
    end = key.find(delimiter, len(prefix))
    return None if end < 0 else key[: end + len(delimiter)]


# Answers


def _list_answer(call: Call, page: _Page, more: dict[str, Any]) -> dict[str, Any]:
    given = call.parameters
    answer = {
        "Name": given["Bucket"], "Prefix": given.get("Prefix") or "", "MaxKeys": _size(call),
        "IsTruncated": page.truncated, "CommonPrefixes": [{"Prefix": each} for each in page.prefixes], **more,
    }  # fmt: skip
    if given.get("Delimiter"):
        answer["Delimiter"] = given["Delimiter"]
    return answer


def _object_entry(each: s3.Version, *, owner: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Key": each.key, "LastModified": each.modified, "ETag": each.etag, "Size": each.size,
        "StorageClass": each.storage,
    }  # fmt: skip
    if each.checksum:
        shown |= {"ChecksumAlgorithm": [each.checksum], "ChecksumType": each.checksum_type or "FULL_OBJECT"}
    return shown | ({"Owner": _owner(each)} if owner else {})


def _version_facts(each: s3.Version) -> dict[str, Any]:
    return {"VersionId": each.id, "IsLatest": each.latest}


def _owner(each: s3.Version) -> dict[str, str]:
    return {"ID": s3.canonical_id(each.owner)}


def url_encoded(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the response, with URL-encoded keys if the request's EncodingType is url: a space becomes a plus sign.

    OBSERVED in 2021: https://github.com/bcgov/gwells/pull/1801
    """
    if call.parameters.get("EncodingType") != "url":
        return answer
    for name in _ENCODED:
        if answer.get(name):
            answer[name] = quote_plus(answer[name], safe="/")
    for listed, name in (
        ("Contents", "Key"), ("Versions", "Key"), ("DeleteMarkers", "Key"), ("Uploads", "Key"),
        ("CommonPrefixes", "Prefix"),
    ):  # fmt: skip
        for each in answer.get(listed, ()):
            each[name] = quote_plus(each[name], safe="/")
    return answer | {"EncodingType": "url"}
