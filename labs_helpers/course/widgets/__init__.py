"""Widgets for notebooks, one module each; every one works outside the course with a running cloud or plain policies."""
