"""Policy analysis without a cloud: validation, containment, public access, policy generation, and text positions."""
