"""Situations in the running cloud: the calls that set them up, what an answer changed besides, and the way back."""
