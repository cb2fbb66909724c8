"""User pools and their parts: settings, attribute schemas, app clients, domains, resource servers, and branding."""
