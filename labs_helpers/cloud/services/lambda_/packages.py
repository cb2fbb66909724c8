"""Validation of the code and the layers of functions.

https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html
"""

from __future__ import annotations

import io
import zipfile

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.errors import invalid
from labs_helpers.cloud.services.s3 import moto_view as s3


def check_package(content: bytes | None) -> None:
    """Reject the code of a function or layer if it isn't a ZIP archive."""
    if content is not None and not zipfile.is_zipfile(io.BytesIO(content)):
        raise invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")


def check_code(call: Call) -> None:
    """Reject code that isn't a ZIP archive or isn't in its bucket, and layer versions that don't exist.

    OBSERVED in 2019 for layers: https://github.com/keithrozario/Klayers/issues/76
    """
    given = call.parameters
    code = given.get("Code") or given
    check_package(code.get("ZipFile") or None)
    if code.get("S3Bucket") and code.get("S3Key"):
        _check_object(code["S3Bucket"], code["S3Key"], code.get("S3ObjectVersion"))
    for arn in given.get("Layers") or ():
        if lambdas.layer_version(arn) is None:
            raise invalid(f"Layer version {arn} does not exist.")


def _check_object(bucket: str, key: str, version: str | None) -> None:
    if s3.bucket_owner(bucket) is None:
        code, message = "NoSuchBucket", "The specified bucket does not exist"
    elif not s3.object_exists(bucket, key, version):
        code, message = "NoSuchKey", "The specified key does not exist."
    else:
        return
    raise invalid(f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}")
