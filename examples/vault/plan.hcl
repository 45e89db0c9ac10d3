# What `plan`, `drift` and `validate` need, for pull requests: nothing in here reads a mail password.

# which version of a mail secret is current, when it was written, and the names of its fields
path "secret/metadata/mail/*" { capabilities = ["read", "list"] }
path "secret/subkeys/mail/*"  { capabilities = ["read"] }

# the logins that read the platforms: give them read-only accounts
path "secret/data/platforms/*"     { capabilities = ["read"] }
path "secret/metadata/platforms/*" { capabilities = ["read", "list"] }

# what was applied last
path "secret/data/reconciler/state/*"     { capabilities = ["read"] }
path "secret/metadata/reconciler/state/*" { capabilities = ["list"] }
