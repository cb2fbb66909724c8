"""What would have to change for another decision, and whose words would do it."""
