"""A widget's cloud that was reset or stopped."""

from __future__ import annotations

from labs_helpers.cloud import Cloud
from labs_helpers.course.widgets.stale_cloud import Standing


def test_a_cloud_that_was_reset_or_stopped_is_outdated() -> None:
    with Cloud() as cloud:
        first = Standing(cloud)
        assert not first.is_outdated
        cloud.reset()
        assert first.is_outdated
        second = Standing(cloud)
        assert not second.is_outdated
    assert second.is_outdated
    assert "outdated" in second.note("No reason")


def test_a_cloud_that_never_ran_is_not_outdated() -> None:
    assert not Standing(Cloud()).is_outdated
