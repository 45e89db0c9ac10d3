"""One SMTP server for many shapes of relays: `shapes.yaml` says what each does, and the server keeps what it hears."""
