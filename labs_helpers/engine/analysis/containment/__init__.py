"""Policy containment: one policy grants nothing that another doesn't, as in custom policy checks."""
