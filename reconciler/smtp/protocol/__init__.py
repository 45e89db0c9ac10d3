"""SMTP as such: the wire, replies, SASL, and what answers that is no SMTP. Judges no relay."""
