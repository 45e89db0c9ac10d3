"""What the stand-ins of administration consoles share: HTTPS, records of what arrived, and hostile variations."""
