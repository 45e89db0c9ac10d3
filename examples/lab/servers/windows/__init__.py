"""A stand-in for Windows servers that are managed by PowerShell remoting, on loopback.

The wire is real: WSMan with NTLM or CredSSP by pyspnego's server side, TLS or message encryption, PSRP by psrpcore or
by a real `pwsh -s`. What the cmdlets do is Microsoft's documentation, in Python and once more in C# for a real engine;
tests hold the two together by recordings. What the documentation leaves open is this stand-in's own choice: what
becomes of From, Reply-to and a certificate that are left out (kept), and the ids of errors.
"""

from lab.servers.windows.farm import Farm, farm
from lab.servers.windows.standin import DOMAIN, USER, WindowsServer, authority

__all__ = ["DOMAIN", "USER", "Farm", "WindowsServer", "authority", "farm"]
