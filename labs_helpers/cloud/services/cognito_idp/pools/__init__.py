"""User pools and their parts: settings, attribute schema, app clients, domains, resource servers, branding."""
