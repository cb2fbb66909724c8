"""Policies about policies, pure: validation, containment, what is public, generation, positions in text."""
