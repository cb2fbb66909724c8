"""The access portal: its pages, and the API with which a signed-in user gets credentials."""
