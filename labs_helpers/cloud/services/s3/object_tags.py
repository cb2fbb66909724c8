"""Operations that set, return, and delete the tags of an object's version.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.errors import no_such_object


@operation("s3", "PutObjectTagging")
def put_object_tagging(call: Call) -> Mapping[str, Any]:
    """Replace an object's tags. An empty list removes all tags. OBSERVED in 2026."""
    listed = (call.parameters.get("Tagging") or {}).get("TagSet") or ()
    return _changed(call, {tag["Key"]: tag.get("Value") or "" for tag in listed})


@operation("s3", "DeleteObjectTagging")
def delete_object_tagging(call: Call) -> Mapping[str, Any]:
    """Remove an object's tags."""
    return _changed(call, {})


@operation("s3", "GetObjectTagging")
def get_object_tagging(call: Call) -> Mapping[str, Any]:
    """Return an object's tags."""
    named = _existing(call)
    tags = s3.object_tags(*named)
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {"TagSet": listed, **_version(named)}


def _changed(call: Call, tags: Mapping[str, str]) -> Mapping[str, Any]:
    named = _existing(call)
    s3.set_object_tags(*named, tags)
    return _version(named)


def _existing(call: Call) -> tuple[str, str, str | None]:
    """Return the object's bucket, key, and version. Raises NoSuchKey or NoSuchVersion."""
    given = call.parameters
    named = given["Bucket"], given["Key"], given.get("VersionId")
    if not s3.object_exists(*named):
        raise no_such_object(named[1], named[2])
    return named


def _version(named: tuple[str, str, str | None]) -> dict[str, str]:
    """Return the version that the tags belong to, or `null` for a version from before versioning was enabled.

    OBSERVED in 2026.
    """
    one = s3.version_of(*named)
    return {"VersionId": one.id} if one is not None and s3.names_versions(named[0]) else {}
