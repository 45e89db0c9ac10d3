"""What a CI system says of a job, and the one comment at its pull request. Reads no platform, opens no store."""
