"""The live SMTP handshake. Knows relays, not platforms; is given a ready credential."""
