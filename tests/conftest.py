"""What every test shares: the fidelity ledger's plugin."""

from __future__ import annotations

import pytest

from tests.ledger import LedgerPlugin


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LedgerPlugin(), "fidelity-ledger")
