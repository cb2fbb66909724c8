"""The cloud's answers next to what AWS was seen to answer."""
