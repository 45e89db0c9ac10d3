"""Opens references to secrets and tells their versions. Logs nothing that it reads."""
