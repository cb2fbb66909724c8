"""The widgets that don't belong to a particular day.

They also work outside the course, with a running cloud or with plain policies and events.
"""
