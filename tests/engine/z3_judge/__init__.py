"""A judge from outside: AWS's policy evaluation as formulas for the solver Z3, written from AWS's documentation alone.

Policies are plain JSON, and whether a request is allowed is a formula over a symbolic action, resource, and condition
keys. Only prover.py and the tests use labs_helpers: the formulas, and the pairs of policies that are asked about, share
no code with what they judge.

patterns → request → conditions, principals → statements → decision → judge: from wildcards to the question to Z3
formulas, solving: what holds Z3's atoms together, and how Z3 is asked
drawing → edits → pairs: random policies and what is edited in them; concrete_requests: random requests
"""
