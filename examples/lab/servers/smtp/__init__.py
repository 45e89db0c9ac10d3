"""SMTP servers on loopback: a well-behaved relay, and servers with every fault."""
