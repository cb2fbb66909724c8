"""S3's errors that several operations return, by their short names.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.refusals import refusal

invalid_argument = refusal("InvalidArgument", 400)
invalid_request = refusal("InvalidRequest", 400)
invalid_tag = refusal("InvalidTag", 400)
access_denied = refusal("AccessDenied", 403)
