"""Errors that several STS operations raise, by short name.

https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from labs_helpers.cloud.services.shared.refusals import refusal

access_denied = refusal("AccessDenied", 403)
invalid_token = refusal("InvalidIdentityToken", 400)
expired_token = refusal("ExpiredTokenException", 400)
invalid = refusal("ValidationError", 400)
invalid_value = refusal("InvalidParameterValue", 400)
