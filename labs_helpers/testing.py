"""The pytest plugin, under the name that conftest.py uses: `pytest_plugins = ["labs_helpers.testing"]`."""

from labs_helpers.cloud.testing import (
    cloud,
    cloud_endpoint,
    pytest_addoption,
    pytest_configure,
    pytest_runtest_call,
    pytest_sessionfinish,
)

__all__ = [
    "cloud",
    "cloud_endpoint",
    "pytest_addoption",
    "pytest_configure",
    "pytest_runtest_call",
    "pytest_sessionfinish",
]
