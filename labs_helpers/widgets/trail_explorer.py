"""The trail explorer: CloudTrail events to filter and query, and a graph of who used what with its table."""

from labs_helpers.course.widgets.trail_explorer.widget import TrailExplorer

__all__ = ["TrailExplorer"]
