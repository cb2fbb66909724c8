"""The evaluation explorer and its parts."""
