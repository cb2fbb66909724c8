"""The trail explorer: CloudTrail events to filter and query, and a graph and table of who used what."""

from labs_helpers.course.widgets.trail_explorer.widget import TrailExplorer

__all__ = ["TrailExplorer"]
