"""The way to a relay: addresses, proxies, ssh. Speaks no SMTP and sends no login."""
