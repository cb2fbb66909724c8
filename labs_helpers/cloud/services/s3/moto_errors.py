"""S3's errors for nonexistent objects, in place of moto's exceptions.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.errors import no_such_key
from labs_helpers.cloud.services.s3.table import TABLE
from labs_helpers.cloud.services.shared.moto_errors import explained


@explained(TABLE)
def explain(call: Call, failure: Exception) -> ServiceError | None:
    """Return S3's error for a failure in moto, or None for unknown failures.

    The failures come from moto's lookups of nonexistent objects.
    """
    given = call.parameters
    if "Key" in given and not s3.object_exists(given["Bucket"], given["Key"], given.get("VersionId")):
        return no_such_key(given["Key"])
    return None
