"""The trail explorer: CloudTrail events to filter and to query, and who used what, as a graph with its table."""

from labs_helpers.course.widgets.trail_explorer.widget import TrailExplorer

__all__ = ["TrailExplorer"]
