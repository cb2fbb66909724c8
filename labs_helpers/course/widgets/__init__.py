"""The widgets that no day owns.

They work outside the course, with a running cloud or with plain policies and events.
"""
