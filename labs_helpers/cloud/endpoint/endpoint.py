"""`cloud.endpoint()`: the running cloud as an AWS endpoint on loopback."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from labs_helpers.cloud.core.call import Answer
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.endpoint.admission import Door
from labs_helpers.cloud.endpoint.control import PREFIX, Control
from labs_helpers.cloud.endpoint.http_message import Malformed, Sent, refusal
from labs_helpers.cloud.endpoint.location import Address
from labs_helpers.cloud.endpoint.mounts import Link, Mounts
from labs_helpers.cloud.endpoint.routing import Place, for_gate, place
from labs_helpers.cloud.endpoint.server import Server, log
from labs_helpers.cloud.gate.endpoints import protocol_at
from labs_helpers.cloud.gate.gate import Gate
from labs_helpers.cloud.process.profiles import Profiles

if TYPE_CHECKING:
    from labs_helpers.cloud.cloud import Cloud

_LOCK_TIME = 30.0
"""Seconds that a request waits for another call to finish."""


class Endpoint(Address):
    """An open endpoint for a cloud that is running in this process.

    `url` uses TLS, and `plain_url` doesn't; `env()` returns the environment for another process. A process that has
    `token` can change the cloud as a whole (`Cloud.attach(endpoint.attach_url)`) and can get the administrator's keys.
    """

    def __init__(self, cloud: Cloud, gate: Gate, profiles: Profiles, port: int = 0):
        token = secrets.token_urlsafe(24)
        self._gate = gate
        self._mounts = Mounts(gate.network)
        self._server = Server(self._handle, lambda own: Door(own, gate.network, self._mounts), port)
        authority = self._server.certificates.authority.decode()
        self._control = Control(cloud, profiles, token, authority)
        super().__init__(self._server.port, token, profiles, authority)

    @property
    def running(self) -> bool:
        """True until the endpoint is stopped."""
        return self._server.running

    def link(self, url: str) -> Link:
        """Return a URL for opening one of the cloud's pages, such as a user pool's, in the learner's browser.

        The URL is on loopback or, on JupyterHub and Binder, behind the notebook server's proxy. Raises `ValueError` if
        the page isn't on one of the cloud's hosts.
        """
        return self._mounts.link(url, self.port)

    def stop(self) -> None:
        """Close the port. The cloud keeps running."""
        self._server.stop()
        self.close()

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _handle(self, sent: Sent) -> Answer:
        """Answer one admitted request. Runs in the server's thread for the gate."""
        lock = self._gate.lock
        if not lock.acquire(timeout=_LOCK_TIME):
            return refusal(sent, 503, "ServiceUnavailable", "The cloud is busy with another call.")
        try:
            return self._answer(sent)
        except Malformed as error:
            return refusal(sent, 400, "InvalidRequest", f"Malformed request: {error}.")
        except NotModelled as error:
            return refusal(sent, 501, "NotModelled", str(error), self._protocol(sent))
        except Exception as error:
            log.exception("%s %s", sent.method, sent.path)
            return refusal(sent, 500, "InternalFailure", f"{type(error).__name__} in the cloud, not at AWS.")
        finally:
            lock.release()

    def _protocol(self, sent: Sent) -> str:
        """Return the protocol of the service that a request is for, or "" if it is unknown."""
        try:
            where = place(sent.host, self.port, self._gate.network)
            return protocol_at(for_gate(sent, where)[0].url) if where is not None else ""
        except (NotModelled, Malformed):
            return ""

    def _answer(self, sent: Sent) -> Answer:
        mounted = self._mounts.within(sent)
        if mounted is not None:
            prepared, signed = for_gate(mounted.sent, Place(mounted.host))
            answer = Answer(*self._gate.process(prepared, signed))
            return self._mounts.rewritten(mounted, sent, answer)
        where = place(sent.host, self.port, self._gate.network)
        if where is None:  # it was admitted, but the cloud has been reset since
            raise NotModelled(f"{sent.host} isn't served here anymore")
        if not where.host and where.bucket is None and sent.path.startswith(PREFIX):
            return self._control.answer(sent)
        prepared, signed = for_gate(sent, where)
        status, headers, body = self._gate.process(prepared, signed)
        return Answer(status, headers, body)
