"""The admin page of a console without an API, driven in a browser that has no network. No platform names here."""
