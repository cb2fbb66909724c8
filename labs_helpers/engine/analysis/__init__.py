"""Policy analysis without a cloud: validation, containment, public access, generation, positions in text."""
