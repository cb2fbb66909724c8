"""Admission of requests to the endpoint, which any web page in a browser on the learner's machine could call.

A page from another site can make a browser call 127.0.0.1, and can make its own hostname resolve to that address (DNS
rebinding). However, the page can't choose the Host header, and browsers send its origin, so both the Host header and
the origin are checked.
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from labs_helpers.cloud.endpoint.http_message import Malformed, Sent
from labs_helpers.cloud.endpoint.mounts import Mounts
from labs_helpers.cloud.endpoint.routing import Place, place
from labs_helpers.cloud.gate.hosts import Network

MAX_BODY = 256 * 1024 * 1024
"""The maximum size of one body in bytes. AWS accepts 5 GB in one PUT, but this cloud keeps everything in memory."""
MAX_BODIES = 2 * MAX_BODY
"""The maximum total size, in bytes, of all bodies that are being received."""


class Refused(Exception):
    """The error for a request that isn't admitted: its HTTP status, code, and message."""

    def __init__(self, status: int, code: str, message: str):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Door:
    """Checks a request's head before the body is read.

    `port` is the port that the endpoint listens on. A `mounts` path with the right secret is admitted with any Host
    header and origin, because a notebook proxy forwards the browser's headers.
    """

    port: int
    network: Network
    mounts: Mounts | None = None

    def admit(self, sent: Sent) -> Place:
        """Return the request's destination. Raises `Refused` for a request that isn't admitted."""
        try:
            headers = sent.named
        except Malformed as error:
            raise Refused(400, "InvalidRequest", f"Malformed request: {error}.") from error
        mounted = self.mounts.admits(sent) if self.mounts is not None else None
        where = Place(mounted) if mounted else place(sent.host, self.port, self.network)
        if where is None:
            raise Refused(
                421, "MisdirectedRequest",
                f"{sent.host[:80]!r} is not served here. While the cloud runs, nothing leaves this machine; stop it "
                "(cloud.stop()) to use the network.",
            )  # fmt: skip
        if not mounted:
            _refuse_other_sites(sent, headers)
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > MAX_BODY:
            raise too_large()
        return where


def too_large() -> Refused:
    """Return the error for a body that exceeds the limit: S3's EntityTooLarge.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    return Refused(
        400, "EntityTooLarge",
        f"Your proposed upload exceeds the maximum allowed size. This cloud is in memory: at most {MAX_BODY} bytes.",
    )  # fmt: skip


def busy() -> Refused:
    """Return the error for a body for which there is currently not enough memory: S3's SlowDown.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    return Refused(503, "SlowDown", "Please reduce your request rate.")


def _refuse_other_sites(sent: Sent, headers: dict[str, str]) -> None:
    origin = headers.get("origin")
    if origin is not None and not _same(origin, sent):
        raise Refused(
            403, "AccessForbidden", f"A web page of {origin[:80]!r} isn't allowed to call this cloud."
        )
    site, mode = headers.get("sec-fetch-site", "none"), headers.get("sec-fetch-mode", "")
    # A link on another site can open a page here, but can't submit a form.
    opened = mode == "navigate" and sent.method in ("GET", "HEAD")
    if site not in ("none", "same-origin") and not opened and origin is None:
        raise Refused(
            403, "AccessForbidden", "A web page from another site isn't allowed to call this cloud."
        )


def _same(origin: str, sent: Sent) -> bool:
    parts = urlsplit(origin)
    return (parts.scheme, parts.netloc.lower()) == (sent.scheme, sent.host.lower())
