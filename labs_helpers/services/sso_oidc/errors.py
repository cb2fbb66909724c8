"""Errors as OAuth has them: a word and a description. https://www.rfc-editor.org/rfc/rfc6749#section-5.2"""

from __future__ import annotations

from labs_helpers.core.errors import ServiceError


def error(code: str, word: str, text: str, status: int = 400) -> ServiceError:
    return ServiceError(code, text, status, error=word, error_description=text)


def invalid_request(text: str) -> ServiceError:
    return error("InvalidRequestException", "invalid_request", text)


def invalid_grant(text: str = "Invalid grant provided") -> ServiceError:
    return error("InvalidGrantException", "invalid_grant", text)
