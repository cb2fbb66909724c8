"""Changes to the policies or to the request that would lead to a different decision."""
