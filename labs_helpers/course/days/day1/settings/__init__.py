"""The neglected settings of the account, one module per group of services. Importing the package registers them."""

from labs_helpers.course.days.day1.settings import databases, identities, machines, messages, storage, trails

__all__ = ["databases", "identities", "machines", "messages", "storage", "trails"]
