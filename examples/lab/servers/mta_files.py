"""The configuration of the lab's Postfix and Dovecot, as text. Nothing can leave: there is no SMTP client in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
multi_instance_name = postfix-lab
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.lab.test
mydomain = lab.test
mydestination = lab.test
mynetworks =
alias_maps =
local_recipient_maps =
relay_domains =
local_transport = discard:lab
relay_transport = discard:lab
default_transport = discard:lab
message_size_limit = 36700160
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {folder}/relay.pem
smtpd_tls_session_cache_database =
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {folder}/auth
smtpd_sasl_security_options = noanonymous
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sender_login_maps = texthash:{folder}/postfix/senders
smtpd_sender_restrictions = reject_sender_login_mismatch
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_auth_rate_limit = 0
smtpd_error_sleep_time = 0
smtpd_peername_lookup = no
default_process_limit = 100
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
"""

MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER")
_LOGIN = "-o smtpd_client_restrictions=permit_sasl_authenticated,reject"
SUBMISSION = f"127.0.0.1:{{port}} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {_LOGIN}"
# what every Postfix runs beside its listeners
SERVICES = """\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
MASTER = f"""
127.0.0.1:{{plain}} inet n - n - - smtpd -o smtpd_sasl_auth_enable=no
127.0.0.1:{{implicit}} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {_LOGIN}
{SERVICES}"""

DOVECOT = """
base_dir = {folder}/dovecot
state_dir = {folder}/dovecot
log_path = {folder}/dovecot.log
protocols =
listen = 127.0.0.1
ssl = no
auth_verbose = yes
auth_mechanisms = {mechanisms}
disable_plaintext_auth = no
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  mechanisms = plain login cram-md5
  args = username_format=%u {folder}/users
}}
{oauth2}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home=/nonexistent
}}
service auth {{
  unix_listener {folder}/auth {{
    user = postfix
    mode = 0600
  }}
  client_limit = 4000
}}
service anvil {{
  client_limit = 4000
{penalty}
}}
"""

_OAUTH2 = """passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}"""

# an empty active_attribute would end the auth process as it starts, and every smtpd with it
_TOKENS = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = preferred_username
issuers = {issuer}
"""

_NO_PENALTY = """  unix_listener anvil-auth-penalty {
    mode = 0
  }"""


def files(
    folder: Path,
    *,
    ports: Mapping[str, int],
    only: Mapping[str, int],
    options: Mapping[str, str],
    users: Mapping[str, str],
    senders: Mapping[str, str],
    issuer: str | None,
    penalty: bool,
) -> dict[str, str]:
    """Their names below `folder`, and what is in them.

    `ports` are plain, submission and implicit; `only` are those of more submission listeners, each with the one
    mechanism it offers; `options` replace settings of main.cf.
    """
    listeners = [SUBMISSION.format(port=ports["submission"])]
    listeners += [
        f"{SUBMISSION.format(port=port)} -o smtpd_sasl_mechanism_filter={name}" for name, port in only.items()
    ]
    main = MAIN.format(folder=folder) + "".join(f"{name} = {value}\n" for name, value in options.items())
    mechanisms = "plain login cram-md5" + (" xoauth2 oauthbearer" if issuer else "")
    dovecot = DOVECOT.format(
        folder=folder,
        mechanisms=mechanisms,
        oauth2=_OAUTH2.format(folder=folder) if issuer else "",
        penalty="" if penalty else _NO_PENALTY,
    )
    tokens = {"oauth2.conf": _TOKENS.format(folder=folder, issuer=issuer)} if issuer else {}
    return {
        "postfix/main.cf": main,
        "postfix/master.cf": MASTER.format(**ports) + "".join(f"{listener}\n" for listener in listeners),
        "postfix/senders": "".join(f"{sender} {user}\n" for sender, user in senders.items()),
        "dovecot.conf": dovecot,
        "users": "".join(f"{user}:{{PLAIN}}{password}\n" for user, password in users.items()),
        **tokens,
    }
