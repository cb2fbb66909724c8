"""A call's stages, outermost first: the order in which it is checked, performed, and answered.

A call passes inward through the stages in this order, and its response passes outward in reverse order. If a call has
two faults, the caller gets the error from the earlier stage. AWS documents the order only in part; each stage cites the
page that documents it, or notes that no page does. `core.registry.around` and `core.registry.before_every_call` take a
stage.
"""

from __future__ import annotations

from enum import Enum, auto


class Stage(Enum):
    """A position in the order of checks. The members are listed in that order; their values have no other meaning."""

    REACHED = auto()
    """Before any policy is evaluated: the account that owns the resource must be open.

    Only functions registered with `before_every_call` can have this stage.
    """

    AUTHORIZED = auto()
    """The gate evaluates the policies at this stage. No step can have this stage, because every step follows it.

    "When Amazon S3 receives a request […] it first verifies that the requester has the necessary permissions."
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
    """

    PERMITTED = auto()
    """Restrictions that apply regardless of policies: tag policies, blocked public sharing, reserved resources."""

    EXPLAINED = auto()
    """Exceptions from inner stages are translated into the service's own errors (`services.shared.moto_errors`)."""

    VALIDATED = auto()
    """The parameters are valid: format, length, range, and consistency of IDs.

    No stored resources are needed for these checks, except those that give an ID or a range its meaning.
    """

    FOUND = auto()
    """The resource that the request names exists and is of the kind that the operation works on."""

    PRECONDITIONS = auto()
    """The resource's state is what the request or the operation requires: If-Match, Object Lock, a role's trust policy.

    S3's pages refer to the RFCs: a server evaluates preconditions after its normal request checks and before it
    processes the request content.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    https://www.rfc-editor.org/rfc/rfc9110#section-13.2.1
    """

    CONTENT = auto()
    """The content to store is valid: the body's digests and checksums, the list of parts, a copy with changes.

    S3 can reject a request based on its headers before the body is sent.
    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonRequestHeaders.html
    """

    LIMITED = auto()
    """Quotas, such as the number of resources in one request."""

    ANSWERED = auto()
    """Changes to a response's headers: add those that moto omits, and remove those that the caller can't read.

    From this stage inward, only steps in ENCRYPTED can reject a call before it is performed. Afterward, this stage
    follows ENCRYPTED, which reads a response's version ID before a step in this stage removes it.
    """

    KEPT = auto()
    """Code that stores data that moto doesn't store: an object's writer, and an upload's ACL and lock."""

    ENCRYPTED = auto()
    """Encryption: KMS generates or decrypts a data key, or a customer-provided key (SSE-C) is checked.

    No AWS page documents the order between this stage and PRECONDITIONS or CONTENT.
    """

    PERFORMED = auto()
    """Temporary changes to moto for one operation, undone after it. These steps never reject a call."""
