"""Attacks to detect: packs with the forms of an attack and legitimate calls that look like it, played as real calls."""

from __future__ import annotations
