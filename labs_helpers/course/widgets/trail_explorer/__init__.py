"""The trail explorer and its parts."""
