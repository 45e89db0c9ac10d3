"""What a session leaves: evidence without secrets, transcript, diagnosis."""
