"""Errors that several operations of Identity Center return, by short name.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.refusals import refusal

invalid = refusal("ValidationException", 400)
conflict = refusal("ConflictException", 400)
