"""The access portal: its API, with which a signed-in user fetches credentials, and its pages."""
