"""An endpoint's ports and profiles, and the files and variables through which other processes use it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from labs_helpers.cloud.endpoint import environment
from labs_helpers.cloud.moto import boto3_clients
from labs_helpers.cloud.process.profiles import Profiles


class Address:
    """An endpoint's URLs and profiles, and the variables through which other processes use it.

    `ca` is the file that contains the certificate authority for `url`; `authority` is its content as PEM.
    """

    def __init__(self, port: int, token: str, profiles: Profiles, authority: str):
        self.port, self.token = port, token
        self._profiles = profiles
        self.ca = profiles.folder / "ca.pem"
        self.shell_file = profiles.folder / "env.sh"
        """A file that a shell reads (`. file`), so that its commands reach the cloud."""
        boto3_clients.open_ports[port] = str(self.ca)
        _write(self.ca, authority)
        _write(self.shell_file, _as_shell(self.env({})))

    @property
    def url(self) -> str:
        """The URL for AWS_ENDPOINT_URL and `endpoint_url`. It uses TLS, as AWS's endpoints do."""
        return f"https://127.0.0.1:{self.port}"

    @property
    def plain_url(self) -> str:
        """The URL without TLS. `aws:SecureTransport` is false for requests to it."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def attach_url(self) -> str:
        """The URL for `Cloud.attach` in another process."""
        return f"{self.plain_url}/#{self.token}" if self.token else self.plain_url

    def env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return a child's environment: `base` (by default, this process's) with variables for using the endpoint."""
        base = os.environ if base is None else base
        return environment.leading_here(base, self._profiles.variables(), self.url, self.plain_url, self.ca)

    def proxy_env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return a child's environment like `env`, but with only a proxy, so requests are signed for AWS's hosts."""
        base = os.environ if base is None else base
        return environment.through_proxy(base, self._profiles.variables(), self.plain_url, self.ca)

    def lines(self) -> list[str]:
        """Return the lines to enter in a terminal or in another notebook to use the endpoint."""
        return [
            f". {shlex.quote(str(self.shell_file))}",
            f'from labs_helpers.cloud import Cloud; cloud = Cloud.attach("{self.attach_url}")',
        ]

    def close(self) -> None:
        """Delete the files, and unregister the port in this process."""
        boto3_clients.open_ports.pop(self.port, None)
        for file in (self.ca, self.shell_file):
            file.unlink(missing_ok=True)

    def __repr__(self) -> str:
        terminal, notebook = self.lines()
        return (
            f"The cloud answers at {self.url}\n"
            f"  in a terminal:        {terminal}\n"
            f"  in another notebook:  {notebook}"
        )


def _write(file: Path, text: str) -> None:
    """Write a file that only this user can read, with line endings that a shell on Windows also accepts."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8", newline="\n") as out:
        out.write(text)


def _as_shell(variables: Mapping[str, str]) -> str:
    unset = "for name in $(env | sed -n 's/^\\(AWS_[A-Z0-9_]*\\)=.*/\\1/p'); do unset \"$name\"; done\n"
    return unset + "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
