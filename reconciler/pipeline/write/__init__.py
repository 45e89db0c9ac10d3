"""The unit of work that writes: what is done to one installation, where its network is. Plain data in and out."""
