"""Upload checksums: checksums for multipart uploads, and default checksums for objects sent without one.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.s3 import checksums
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.answer_headers import with_headers
from labs_helpers.cloud.services.s3.chunked import content
from labs_helpers.cloud.services.s3.errors import invalid_request


def refuse_unknown(call: Call) -> None:
    """Raise `NotModelled`, with the algorithm's name, for algorithms that this cloud can't compute."""
    for name in checksums.NOT_MODELLED:
        if call.parameters.get("ChecksumAlgorithm") == name or call.parameters.get(f"Checksum{name}"):
            raise NotModelled(f"s3:{call.operation} with a checksum by {name}: the algorithm isn't modeled")


# Uploads in parts


def check_upload(given: Mapping[str, Any]) -> None:
    """Reject a checksum type that the new upload's algorithm doesn't support.

    OBSERVED in 2026: S3 rejects COMPOSITE with CRC64NVME, and FULL_OBJECT with SHA1 and SHA256.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html
    """
    algorithm, kind = given.get("ChecksumAlgorithm"), given.get("ChecksumType")
    if kind is None:
        return
    if algorithm is None:
        message = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
        raise invalid_request(message)
    if kind not in checksums.TYPES.get(algorithm, (kind,)):
        raise invalid_request(
            f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )


@around("s3", "CreateMultipartUpload", stage=Stage.ANSWERED, refuses=False)
def name_checksum(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the algorithm and type of an upload's checksum to the response if the request specifies an algorithm."""
    answer, algorithm = perform(), call.parameters.get("ChecksumAlgorithm")
    if answer.status >= 300 or algorithm is None:
        return answer
    kind = checksums.type_of(algorithm, call.parameters.get("ChecksumType"))
    s3.set_upload_checksum_type(call.parameters["Bucket"], answer, kind)
    return with_headers(answer, {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind})


@around("s3", "UploadPart", "UploadPartCopy", stage=Stage.KEPT, refuses=False)
def keep_part_checksum(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Store a part's checksum, and return it if the request has no checksum.

    The checksum is computed with the upload's algorithm. OBSERVED in 2025: if the upload doesn't specify an
    algorithm, CRC64NVME is used.
    https://github.com/versity/versitygw/issues/1547
    """
    given, answer = call.parameters, perform()
    upload = s3.upload_of(given["Bucket"], given["UploadId"])
    if upload is None or answer.status >= 300:
        return answer
    sent = next((each for each in checksums.ALGORITHMS if _sent(call, each)), None)
    algorithm = upload.checksum or sent or checksums.DEFAULT
    copied = call.operation == "UploadPartCopy"
    if copied and upload.checksum is None:
        return answer
    value = _sent(call, algorithm) if algorithm == sent else None
    if value is None:
        data = s3.part_content(given["Bucket"], given["UploadId"], given["PartNumber"]) or b""
        value = checksums.of(data, algorithm)
    if upload.checksum is not None:
        s3.set_part_checksum(given["Bucket"], given["UploadId"], given["PartNumber"], value)
    if copied:
        return in_result(answer, "CopyPartResult", {f"Checksum{algorithm}": value})
    return with_headers(answer, {checksums.header(algorithm): value})


def check_part(call: Call) -> None:
    """Reject a part whose checksum doesn't match the upload's algorithm.

    OBSERVED in 2024 and 2025: https://github.com/apache/arrow-rs-object-store/issues/34,
    https://github.com/versity/versitygw/issues/1342 (not for FULL_OBJECT)
    """
    given = call.parameters
    upload = s3.upload_of(given["Bucket"], given["UploadId"])
    if upload is None or upload.checksum is None:
        return
    sent = next((each for each in checksums.ALGORITHMS if _sent(call, each)), None)
    composite = checksums.type_of(upload.checksum, upload.checksum_type) == checksums.COMPOSITE
    if sent != upload.checksum and (sent is not None or composite):
        raise invalid_request(
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.checksum.lower()}, "
            f"actual checksum Type: {sent.lower() if sent else 'null'}"
        )


def _sent(call: Call, algorithm: str) -> str | None:
    """Return the checksum that a request contains, in a header or after its content."""
    given: str | None = call.parameters.get(f"Checksum{algorithm}")
    body = call.parameters.get("Body")
    if given is not None or not isinstance(body, bytes):
        return given
    return content(body, call.headers)[1].get(checksums.header(algorithm))


# Objects


@around("s3", "PutObject", stage=Stage.KEPT, before=("keep_writer",), refuses=False)
def keep_default_checksum(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Compute the CRC64NVME checksum of an object that was sent without a checksum.

    S3 has done this since December 2024:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
    """
    answer, given = perform(), call.parameters
    sent = any(str(name).lower().startswith("x-amz-checksum-") for name in answer.headers)
    if answer.status >= 300 or sent:
        return answer
    value = _keep(given["Bucket"], given["Key"], checksums.DEFAULT)
    return with_headers(answer, {checksums.header(checksums.DEFAULT): value})


@around("s3", "CopyObject", stage=Stage.KEPT, before=("keep_writer",), refuses=False)
def keep_copied_checksum(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Compute a copy's checksum, using the algorithm in the request or the algorithm of the source.

    OBSERVED in 2026: the checksum is computed over the whole object. According to the AWS documentation, a copy has no
    parts.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
    """
    answer, given = perform(), call.parameters
    copied = s3.version_of(given["Bucket"], given["Key"])
    if answer.status >= 300 or copied is None:
        return answer
    s3.written_at_once(given["Bucket"], given["Key"])
    algorithm = given.get("ChecksumAlgorithm") or copied.checksum
    algorithm = algorithm if algorithm in checksums.ALGORITHMS else checksums.DEFAULT
    value = _keep(given["Bucket"], given["Key"], algorithm)
    facts = {f"Checksum{algorithm}": value, "ChecksumType": checksums.FULL_OBJECT}
    return in_result(answer, "CopyObjectResult", facts)


def _keep(bucket: str, key: str, algorithm: str) -> str:
    value = checksums.of(s3.object_content(bucket, key), algorithm)
    s3.set_object_checksum(bucket, key, algorithm, value, checksums.FULL_OBJECT)
    return value


_CHECKSUM = re.compile(r"<(Checksum\w+)>[^<]*</\1>")


def in_result(answer: Answer, result: str, facts: Mapping[str, str]) -> Answer:
    """Return the response, with the given checksums in its result instead of moto's checksums."""
    added = "".join(f"<{name}>{value}</{name}>" for name, value in facts.items())
    body = _CHECKSUM.sub("", answer.text).replace(f"</{result}>", f"{added}</{result}>")
    length = str(len(body.encode()))
    return with_headers(Answer(answer.status, answer.headers, body), {"content-length": length})
