"""Containment of policies: one grants nothing that another doesn't, as in custom policy checks."""
