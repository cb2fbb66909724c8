"""Policy containment: a proof that one policy grants nothing that another policy doesn't grant, as in custom policy
checks.
"""
