"""The errors of DynamoDB that several modules raise.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.refusals import refusal

invalid = refusal("ValidationException", 400)
