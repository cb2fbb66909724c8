"""The earlier name of `hooks`, `protocol` and `perform`, for code that still says it."""

from labs_helpers.moto.hooks import install, reset, uninstall, while_installed
from labs_helpers.moto.perform import perform
from labs_helpers.moto.protocols import (
    has_blob_body,
    has_xml_body,
    know_error_codes,
    members_in,
    model,
    normalized,
    parse,
    read,
    regions,
    request_for,
    route,
    serialize,
    serialize_error,
    signing_name,
)
from labs_helpers.moto.protocols import protocol_of as protocol

__all__ = [
    "has_blob_body", "has_xml_body", "install", "know_error_codes", "members_in", "model", "normalized", "parse",
    "perform", "protocol", "read", "regions", "request_for", "reset", "route", "serialize", "serialize_error",
    "signing_name", "uninstall", "while_installed",
]  # fmt: skip
