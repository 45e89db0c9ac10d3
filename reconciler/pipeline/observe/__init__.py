"""What platforms have and stores hold now. Opens the logins of platforms, and no mail secret."""
