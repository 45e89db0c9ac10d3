"""What a platform has, as the least YAML that keeps it. Pure: reads no platform and opens no secret."""
