"""The way to a relay: addresses, proxies, ssh."""
