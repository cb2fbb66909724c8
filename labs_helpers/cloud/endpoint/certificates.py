"""TLS for clients that insist: a certificate authority of this endpoint's own, made when it opens.

Its key never leaves memory. Nobody trusts it but who is told to (AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS).
"""

from __future__ import annotations

import ssl
from typing import Any

import trustme

_MOST = 256
"""Certificates that are kept: names that are asked for come from outside."""


class Certificates:
    """Gives a TLS context for each host that a client asks for by name, and one for the endpoint itself."""

    def __init__(self) -> None:
        self._authority = trustme.CA(
            organization_name="labs_helpers", organization_unit_name="a cloud in memory"
        )
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._own = self._context("127.0.0.1", "::1", "localhost", "*.localhost")
        self._own.sni_callback = self._choose

    @property
    def authority(self) -> bytes:
        """The authority's certificate, PEM."""
        return self._authority.cert_pem.bytes()

    def own(self) -> ssl.SSLContext:
        """For who connects to the endpoint: the certificate follows from the name that the client asks for."""
        return self._own

    def of(self, host: str) -> ssl.SSLContext:
        """For who asked for a tunnel to `host`."""
        context = self._contexts.get(host)
        if context is None:
            context = self._context(host)
            if len(self._contexts) < _MOST:
                self._contexts[host] = context
        return context

    def _context(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._authority.issue_cert(*names).configure_cert(context)
        return context

    def _choose(self, connection: Any, name: str | None, _: ssl.SSLContext) -> int | None:
        if not name or name == "localhost":
            return None
        try:
            connection.context = self.of(name.lower())
        except ValueError:  # no name that a certificate could hold
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None
