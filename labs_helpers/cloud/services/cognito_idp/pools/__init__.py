"""User pools and what belongs to one: settings, attribute schema, app clients, domains, resource servers, branding."""
