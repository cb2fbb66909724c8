"""The stages of a call, outermost first: the order in which a call is checked, performed and answered.

A call goes inward through the stages in this order and its answer outward in the reverse order, so of two faults the
one of the earlier stage is the one that the caller reads. AWS documents the order in part; each stage names the page
that does, or the pages' silence. `core.registry.around` and `core.registry.before_every_call` take a stage.
"""

from __future__ import annotations

from enum import Enum, auto


class Stage(Enum):
    """A place in the order of checks: the members stand in that order, and their values mean nothing else."""

    REACHED = auto()
    """Before any policy is evaluated: the account that owns the resource is open. Only `before_every_call` takes it."""

    AUTHORIZED = auto()
    """The gate evaluates the policies here. No step takes this stage: every step follows it.

    "When Amazon S3 receives a request […] it first verifies that the requester has the necessary permissions."
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html
    """

    PERMITTED = auto()
    """Restrictions that apply whatever the policies allow: tag policies, blocked public sharing, reserved resources."""

    EXPLAINED = auto()
    """Exceptions of everything further in become the service's own errors (`services.shared.moto_errors`)."""

    VALIDATED = auto()
    """The parameters: form, length and range, and ids that belong together. It needs no look at stored resources,
    apart from those that give an id or a range its meaning."""

    FOUND = auto()
    """The resource that the request names exists, and is of the kind that the operation works on."""

    PRECONDITIONS = auto()
    """The state of the resource is the one that the request or the operation requires: If-Match, Object Lock, a role's
    trust policy.

    S3's pages refer to the RFCs: a server evaluates preconditions after its normal request checks and before it
    processes the request content.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
    https://www.rfc-editor.org/rfc/rfc9110#section-13.2.1
    """

    CONTENT = auto()
    """What would be stored: the body's digests and checksums, a list of parts, a copy that changes something.

    S3 can reject a request by its headers before the body is sent.
    https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonRequestHeaders.html
    """

    LIMITED = auto()
    """Quotas: the number of resources in one request."""

    ANSWERED = auto()
    """Changes of a successful answer: headers that moto leaves out, and headers that the caller may not read.

    Steps from here on inward, apart from those of ENCRYPTED, refuse nothing on the way in. On the way out this stage
    follows ENCRYPTED, which reads the version ID of an answer before a step of this stage removes it.
    """

    KEPT = auto()
    """Records of what moto does not store: the writer of an object, the ACL and the lock of an upload."""

    ENCRYPTED = auto()
    """The keys: KMS is asked for a data key or to decrypt one, and a customer's own key (SSE-C) is compared.

    No AWS page gives the order between this stage and PRECONDITIONS or CONTENT.
    """

    PERFORMED = auto()
    """Preparations of moto for one operation, undone afterwards. They refuse nothing."""
