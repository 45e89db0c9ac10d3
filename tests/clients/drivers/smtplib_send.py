"""Sends one mail with Python's smtplib: stdin has the settings, stdout what the caller sees."""

import json
import platform
import smtplib
import ssl
import sys

given = json.load(sys.stdin)
print("ready", flush=True)
said = {"version": f"Python {platform.python_version()}", "sent": False, "words": None}
try:
    context = ssl.create_default_context(cafile=given["ca_file"])
    if given["encryption"] == "tls":
        client = smtplib.SMTP_SSL(given["host"], given["port"], context=context)
    else:
        client = smtplib.SMTP(given["host"], given["port"])
    with client:
        if given["encryption"] == "starttls":
            client.starttls(context=context)
        if given["auth"] == "basic":
            client.login(given["user"], given["password"])
        refused = client.sendmail(given["sender"], given["recipients"], given["message"])
    said |= {"sent": True, "words": repr(refused) if refused else None}
except Exception as error:
    said["words"] = f"{type(error).__name__}: {error}"
print(json.dumps(said))
