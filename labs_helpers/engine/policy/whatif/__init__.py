"""Changes that would lead to another decision, in policies or in the request."""
