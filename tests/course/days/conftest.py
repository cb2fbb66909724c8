"""These tests run on a cloud: they undo the fixtures of tests/course."""

from tests.course.on_a_cloud import *  # noqa: F403
