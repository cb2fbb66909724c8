"""`cloud.endpoint()`: the running cloud as an AWS endpoint on loopback."""

from __future__ import annotations

import os
import secrets
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from labs_helpers.cloud.gate import Gate
from labs_helpers.cloud.profiles import Profiles
from labs_helpers.core.call import Answer
from labs_helpers.core.errors import NotModelled
from labs_helpers.serve import environment
from labs_helpers.serve.addresses import for_gate, place
from labs_helpers.serve.control import PREFIX, Control
from labs_helpers.serve.door import Door
from labs_helpers.serve.message import Malformed, Sent, refusal
from labs_helpers.serve.server import Server, log

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_LOCK_TIME = 30.0
"""Seconds for which a request waits for a call of this process that is being answered."""


class Endpoint:
    """An open endpoint. `url` speaks TLS with a certificate of the authority in the file `ca`; `plain_url` does not.

    `env()` is what another process needs in its environment. `token` lets its holder change the cloud as a whole
    (`Cloud.attach(endpoint.attach_url)`): who has it has the cloud's administrator.
    """

    def __init__(self, cloud: Cloud, gate: Gate, profiles: Profiles, port: int = 0):
        self.token = secrets.token_urlsafe(24)
        self._gate, self._profiles = gate, profiles
        self._control = Control(cloud, profiles, self.token)
        self._server = Server(self._handle, lambda own: Door(own, gate.network), port)
        self.ca = profiles.folder / "ca.pem"
        self._write(self.ca, self._server.certificates.authority.decode())
        self._write(self.shell_file, _as_shell(self.env({})))

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        """For AWS_ENDPOINT_URL and `endpoint_url`: over TLS, as AWS's endpoints are."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def plain_url(self) -> str:
        """The same without TLS: `aws:SecureTransport` is false in such requests."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def attach_url(self) -> str:
        """For `Cloud.attach` in another process."""
        return f"{self.plain_url}/#{self.token}"

    @property
    def shell_file(self) -> Path:
        """What a shell reads (`. file`) so that its commands reach the cloud."""
        return self._profiles.folder / "env.sh"

    def env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a child: `base` (this process's, if none is given) and what leads its requests here."""
        base = os.environ if base is None else base
        return environment.leading_here(base, self._profiles.variables(), self.url, self.plain_url, self.ca)

    def proxy_env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """The same by way of a proxy setting alone: requests are signed for AWS's hosts."""
        base = os.environ if base is None else base
        return environment.through_proxy(base, self._profiles.variables(), self.plain_url, self.ca)

    @property
    def running(self) -> bool:
        return self._server.running

    def stop(self) -> None:
        """Close the port. The cloud goes on."""
        self._server.stop()
        for file in (self.ca, self.shell_file):
            file.unlink(missing_ok=True)

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def lines(self) -> list[str]:
        """What to type, in a terminal and in another notebook."""
        return [
            f". {shlex.quote(str(self.shell_file))}",
            f'from labs_helpers.cloud import Cloud; cloud = Cloud.attach("{self.attach_url}")',
        ]

    def __repr__(self) -> str:
        terminal, notebook = self.lines()
        return (
            f"The cloud answers at {self.url}\n"
            f"  in a terminal:        {terminal}\n"
            f"  in another notebook:  {notebook}"
        )

    @staticmethod
    def _write(file: Path, text: str) -> None:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
            out.write(text)

    def _handle(self, sent: Sent) -> Answer:
        """Answer one request that was let in. Runs in the server's thread for the gate."""
        lock = self._gate.lock
        if not lock.acquire(timeout=_LOCK_TIME):
            return refusal(sent, 503, "ServiceUnavailable", "The cloud is busy with another call.")
        try:
            return self._answer(sent)
        except Malformed as error:
            return refusal(sent, 400, "InvalidRequest", f"Malformed request: {error}.")
        except NotModelled as error:
            return refusal(sent, 501, "NotModelled", str(error))
        except Exception as error:
            log.exception("%s %s", sent.method, sent.path)
            return refusal(sent, 500, "InternalFailure", f"{type(error).__name__} in the cloud, not at AWS.")
        finally:
            lock.release()

    def _answer(self, sent: Sent) -> Answer:
        where = place(sent.host, self.port, self._gate.network)
        if where is None:  # it was let in, but the cloud has been reset since
            raise NotModelled(f"{sent.host} is not served here any more")
        if not where.host and where.bucket is None and sent.path.startswith(PREFIX):
            return self._control.answer(sent)
        prepared, signed = for_gate(sent, where)
        status, headers, body = self._gate.process(prepared, signed)
        return Answer(status, headers, body)


def _as_shell(variables: Mapping[str, str]) -> str:
    unset = "for name in $(env | sed -n 's/^\\(AWS_[A-Z0-9_]*\\)=.*/\\1/p'); do unset \"$name\"; done\n"
    return unset + "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
