"""Errors that several operations of the identity store return, by short name.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.refusals import refusal

invalid = refusal("ValidationException", 400)
