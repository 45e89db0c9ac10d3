"""The way to a relay: addresses, proxies, ssh. Speaks no SMTP and sends no login."""

FORMS = "ssh://[user@]host[:port], socks5://host:port or http://host:port"  # where it may start when not here
