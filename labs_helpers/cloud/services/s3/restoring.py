"""Restoring archived objects.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.s3 import moto_view as s3

_ARCHIVED = ("GLACIER", "DEEP_ARCHIVE")


@operation("s3", "RestoreObject")
def restore_object(call: Call) -> Answer:
    """Restore an archived object. Rejects an object that isn't archived. Raises `NotModelled` for a query (SELECT).

    OBSERVED in 2024: https://github.com/s3tools/s3cmd/pull/1375 has the message.
    """
    given = call.parameters
    asked = given.get("RestoreRequest") or {}
    if asked.get("Type") == "SELECT" or asked.get("OutputLocation"):
        raise NotModelled(
            "s3:RestoreObject restores objects; it doesn't query archived objects (Type SELECT)"
        )
    found = s3.version_of(given["Bucket"], given["Key"], given.get("VersionId"))
    if found is not None and not found.marker and found.storage not in _ARCHIVED:
        message = "Restore is not allowed for the object's current storage class"
        raise ServiceError("InvalidObjectState", message, 403, StorageClass=found.storage)
    return call.moto()
