"""TLS for clients that require it, with a certificate authority that is created when the endpoint opens.

The authority's key never leaves memory. Only clients that are configured to trust the authority accept its certificates
(AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS).
"""

from __future__ import annotations

import ssl
from typing import Any

import trustme

_MOST = 256
"""The maximum number of certificates to keep, because clients choose the names."""


class Certificates:
    """A source of TLS contexts: one per hostname that a client requests, and one for the endpoint itself."""

    def __init__(self) -> None:
        self._authority = trustme.CA(
            organization_name="labs_helpers", organization_unit_name="a cloud in memory"
        )
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._own = self._context("127.0.0.1", "::1", "localhost", "*.localhost")
        self._own.sni_callback = self._choose

    @property
    def authority(self) -> bytes:
        """The certificate authority's certificate in PEM format."""
        return self._authority.cert_pem.bytes()

    def own(self) -> ssl.SSLContext:
        """Return the endpoint's TLS context, whose certificate depends on the hostname that the client sends."""
        return self._own

    def of(self, host: str) -> ssl.SSLContext:
        """Return the TLS context for a tunnel to `host`.

        Raises `ValueError` if no certificate can be issued for the name.
        """
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
        except ValueError:  # not a name that a certificate can have
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        return None
