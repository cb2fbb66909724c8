"""The code for the course's six days and its weekend."""
