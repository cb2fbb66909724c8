"""The six days' code of the course."""
