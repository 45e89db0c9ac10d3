"""Sends one mail with Django's SMTP backend: stdin has the settings, stdout what the caller sees."""

import json
import os
import sys

import django
from django.conf import settings
from django.core import mail

given = json.load(sys.stdin)
os.environ["SSL_CERT_FILE"] = given["ca_file"]
basic = given["auth"] == "basic"
settings.configure(
    EMAIL_HOST=given["host"],
    EMAIL_PORT=given["port"],
    EMAIL_USE_TLS=given["encryption"] == "starttls",
    EMAIL_USE_SSL=given["encryption"] == "tls",
    EMAIL_HOST_USER=given["user"] if basic else "",
    EMAIL_HOST_PASSWORD=given["password"] if basic else "",
)
django.setup()
print("ready", flush=True)
said = {"version": f"Django {django.__version__}", "sent": False, "words": None}
try:
    count = mail.send_mail("probe", "probe", given["sender"], given["recipients"])
    said |= {"sent": True, "words": f"returned {count}"}
except Exception as error:
    said["words"] = f"{type(error).__name__}: {error}"
print(json.dumps(said))
