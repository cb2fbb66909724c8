"""The access portal: its pages, and the API through which a signed-in user fetches credentials."""
