"""CompleteMultipartUpload: the assembly of an object from parts, its checksum, and the response.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto.invalid_parameters import malformed_xml
from labs_helpers.cloud.services.s3 import checksums
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.answer_headers import with_headers
from labs_helpers.cloud.services.s3.errors import invalid_request

_SMALLEST_PART = 5 * 1024 * 1024
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""


@operation("s3", "CompleteMultipartUpload")
def complete_multipart_upload(call: Call) -> Answer:
    """Create an object from parts, with a checksum of its content or of the checksums of its parts."""
    given = call.parameters
    bucket, upload_id = given["Bucket"], given["UploadId"]
    upload = s3.upload_of(bucket, upload_id)
    assert upload is not None, "refuse_another_upload has found it"
    _check_parts(given)
    chosen = [part for part in s3.parts(bucket, upload_id) if part.number in _numbers(given)]
    contents = [s3.part_content(bucket, upload_id, part.number) or b"" for part in chosen]
    algorithm = upload.checksum or checksums.DEFAULT
    kind = checksums.type_of(algorithm, upload.checksum_type)
    value = checksums.of_parts(contents, algorithm, kind)
    _check_object(given, upload, algorithm, kind, value, sum(map(len, contents)))
    answer = call.moto()
    if answer.status >= 300:
        return answer
    s3.set_object_parts(bucket, given["Key"], chosen)
    s3.set_object_checksum(bucket, given["Key"], algorithm, value, kind)
    shown = f"{value}-{len(chosen)}" if kind == checksums.COMPOSITE else value
    return _with_result(call, answer, {f"Checksum{algorithm}": shown, "ChecksumType": kind})


def _with_result(call: Call, answer: Answer, facts: Mapping[str, str]) -> Answer:
    """Return moto's response with the object's address and checksum.

    OBSERVED in 2026: the address contains the bucket's Regional endpoint.
    https://github.com/noobaa/noobaa-core/issues/9982
    """
    bucket, key = call.parameters["Bucket"], call.parameters["Key"]
    host = f"https://{bucket}.s3.{s3.bucket_region(bucket)}.amazonaws.com"
    start, _, rest = answer.text.partition("<Location>")
    rest = rest.partition("</Location>")[2]
    added = "".join(f"<{name}>{text}</{name}>" for name, text in facts.items())
    end = "</CompleteMultipartUploadResult>"
    text = f"{start}<Location>{host}/{quote(key, safe='')}</Location>{rest}".replace(end, f"{added}{end}")
    return with_headers(Answer(answer.status, answer.headers, text), {"content-length": None})


def _check_object(
    given: Mapping[str, Any], upload: s3.UploadView, algorithm: str, kind: str, value: str, size: int
) -> None:
    """Reject an object whose checksum type, checksum, or size differs from the request's."""
    wanted = given.get("ChecksumType")
    if wanted is not None and upload.checksum is not None and wanted != kind:
        raise invalid_request(
            f"The upload was created using the {kind} checksum mode. The complete request must use the same checksum "
            "mode."
        )
    named = given.get("MpuObjectSize")
    if named is not None and int(named) != size:
        message = f"The provided 'x-amz-mp-object-size' header value {named} does not match what was computed: {size}"
        raise invalid_request(message)
    sent = given.get(f"Checksum{algorithm}")
    if sent is not None and sent.partition("-")[0] != value:
        message = f"The {algorithm.lower()} you specified did not match the calculated checksum."
        raise ServiceError("BadDigest", message, 400)


# Parts


def _check_parts(given: Mapping[str, Any]) -> None:
    """Reject parts that weren't uploaded or are too small. OBSERVED in 2026: the error's elements name the part."""
    if given.get("MultipartUpload") is None:
        raise invalid_request("You must specify at least one part")
    listed = given["MultipartUpload"].get("Parts") or ()
    if not listed or any(part.get("PartNumber") is None or not part.get("ETag") for part in listed):
        raise malformed_xml()
    uploaded = {part.number: part for part in s3.parts(given["Bucket"], given["UploadId"])}
    for part in listed:
        _check_part(given, part, uploaded.get(part["PartNumber"]))
    _check_sizes([uploaded[part["PartNumber"]] for part in listed])


def _check_part(given: Mapping[str, Any], listed: Mapping[str, Any], part: s3.PartView | None) -> None:
    upload = s3.upload_of(given["Bucket"], given["UploadId"])
    algorithm = upload.checksum if upload is not None else None
    etag, number = listed["ETag"].strip('"'), listed["PartNumber"]
    checksum = listed.get(f"Checksum{algorithm}") if algorithm else None
    composite = (
        upload is not None and algorithm is not None
        and checksums.type_of(algorithm, upload.checksum_type) == checksums.COMPOSITE
    )  # fmt: skip
    if part is not None and checksum is None and composite and algorithm is not None:
        raise invalid_request(
            f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the "
            f"checksum for each part. It was missing for part {number} in the request."
        )
    if (
        part is None
        or part.etag.strip('"') != etag
        or (checksum is not None and part.checksum not in (None, checksum))
    ):
        raise ServiceError(
            "InvalidPart",
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
            "specified entity tag may not match the part's entity tag.",
            400, ETag=etag, PartNumber=number, UploadId=given["UploadId"],
        )  # fmt: skip


def _check_sizes(parts: Sequence[s3.PartView]) -> None:
    for part in parts[:-1]:
        if part.size < _SMALLEST_PART:
            raise ServiceError(
                "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400,
                ETag=part.etag.strip('"'), MinSizeAllowed=_SMALLEST_PART, PartNumber=part.number,
                ProposedSize=part.size,
            )  # fmt: skip


def _numbers(given: Mapping[str, Any]) -> Iterable[int]:
    return {part["PartNumber"] for part in (given.get("MultipartUpload") or {}).get("Parts") or ()}
