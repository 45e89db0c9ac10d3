# What `apply` needs, for the protected branch: it reads every secret that it writes to a platform, and keeps the state.

path "secret/data/mail/*"     { capabilities = ["read"] }
path "secret/metadata/mail/*" { capabilities = ["read", "list"] }
path "secret/subkeys/mail/*"  { capabilities = ["read"] }

path "secret/data/platforms/*"     { capabilities = ["read"] }
path "secret/metadata/platforms/*" { capabilities = ["read", "list"] }

# what was applied, the leases below locks/ and what every run did below journal/; written with check-and-set, never deleted
path "secret/data/reconciler/state/*"     { capabilities = ["create", "read", "update"] }
path "secret/metadata/reconciler/state/*" { capabilities = ["list"] }
