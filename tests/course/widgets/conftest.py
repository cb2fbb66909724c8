"""Fixtures for tests that need a cloud, which override the fixtures in tests/course."""

from tests.course.on_a_cloud import *  # noqa: F403
