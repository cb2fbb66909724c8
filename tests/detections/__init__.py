"""SigmaHQ's rules and the metric filters of the CIS benchmark, run on all attack packs: docs/detections.md."""
