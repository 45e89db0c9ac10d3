#!/bin/sh
# Certificates between broker, coordinator and workers, by a CA for nothing else: in the current folder,
#   certificates.sh rabbit.example.com coordinator dmz
# The first is the broker's host name, as `broker:` has it. A CA that is there is used again, as for another zone.
set -eu
umask 077
ca='zones-ca'
curve='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'

made() { # NAME USAGE
  printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature "extendedKeyUsage=$2" \
    "subjectAltName=DNS:$1" subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >"$1.ext"
  # shellcheck disable=SC2086 # these are several words
  openssl req -new $curve -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA "$ca.pem" -CAkey "$ca.key" -CAcreateserial -days 365 -extfile "$1.ext" -out "$1.pem"
  rm "$1.ext" "$1.csr"
}

# shellcheck disable=SC2086
[ -e "$ca.key" ] || openssl req -x509 $curve -days 3650 -subj '/CN=CA of the zones' \
  -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$ca.key" -out "$ca.pem"
made "$1" serverAuth
shift
for client; do made "$client" clientAuth; done
