"""What a platform has, as the least YAML that keeps it."""
