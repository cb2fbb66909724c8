"""Code that the services share: authorization tables, denials, pagination, and trail facts."""
