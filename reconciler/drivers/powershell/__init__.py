"""Runs constant scripts on Windows servers through PowerShell remoting (WSMan). No platform names here."""
