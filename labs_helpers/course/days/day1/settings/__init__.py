"""The neglected settings, by subject. Importing this registers all of them."""

from labs_helpers.course.days.day1.settings import databases, identities, machines, messages, storage, trails

__all__ = ["databases", "identities", "machines", "messages", "storage", "trails"]
