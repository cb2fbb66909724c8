"""A judge from outside: AWS's policy evaluation as formulas for the solver Z3, written from AWS's documentation alone.

It shares no code with labs_helpers: policies are plain JSON, and what a request is allowed is a formula over a symbolic
action, resource, and condition keys.
"""
