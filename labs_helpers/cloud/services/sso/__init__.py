"""All of sso, the access portal's API: what a signed-in user may fetch."""
