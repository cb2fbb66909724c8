"""Questions about a cloud as a whole: who can do what, who can become administrator, what a draft would change."""
