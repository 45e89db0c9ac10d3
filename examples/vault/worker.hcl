# What the worker of a zone needs, in the Vault of that zone: it opens what targets of its zone refer to, and keeps its claims.

path "secret/data/mail/*"     { capabilities = ["read"] }
path "secret/metadata/mail/*" { capabilities = ["read", "list"] }
path "secret/subkeys/mail/*"  { capabilities = ["read"] }

path "secret/data/platforms/*"     { capabilities = ["read"] }
path "secret/metadata/platforms/*" { capabilities = ["read", "list"] }

# one document for each installation: who writes to it, and what came of it; written with check-and-set, never deleted
path "secret/data/reconciler/claims/*" { capabilities = ["create", "read", "update"] }
