"""The page *Try it*: the decision engine in a browser, built by `make try` and served as plain files."""
