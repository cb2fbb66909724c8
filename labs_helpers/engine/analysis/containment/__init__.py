"""Policy containment: a proof that one policy grants nothing that another one doesn't, as in custom policy checks."""
