"""A stand-in for Service Center of OutSystems 11: Administration > Email, and Environment Configuration.

Documented by the vendor, and followed: labels and values (docs-product, "Configure OutSystems to Send Emails"), the
menu Administration > Email, the button Save, `/ServiceCenter/Email_Configuration.aspx` (a page withdrawn since), which
settings wait for "Save and Apply Settings to the Factory" (withdrawn too), and from which release on a field is shown
(release notes of the Platform Server 11.8.0 to 11.43.0). LifeTime's list of environments: its API v2.

Seen in public code only: a label beside its input without `for`, hidden `__OSVSTATE`, empty `__VIEWSTATE`, and that an
Ajax step posts the whole form with `__AJAXEVENT` and `__AJAX` and is answered with `OsJSONUpdate({...})`; without
`__AJAX` the unchanged page comes back.

This stand-in's own choice, and no fact about OutSystems: ids and names of controls, texts of messages, cookie, that a
newer state makes an older one stale, that a secret comes back as dots, the address of Environment Configuration, what
the page of releases before 11.34.0 shows for the login, that a headless user agent gets 404, when an account is locked.
"""

from lab.servers.o11.lifetime import LifeTimeStandIn
from lab.servers.o11.standin import O11StandIn

__all__ = ["LifeTimeStandIn", "O11StandIn"]
