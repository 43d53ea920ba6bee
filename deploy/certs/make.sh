#!/bin/sh
# Makes a self-signed certificate for the profile `tls`, in `tls` here or under the folder named by
# $1, unless there is one. To use your own certificate, put it into the same two files: tickcast.crt (with its
# chain) and tickcast.key.
set -eu
cd "${1:-$(dirname "$0")}"
# In the container nginx reads the key as another user. The folder keeps other users of this machine out.
chmod 700 .
umask 022
mkdir -p tls
cd tls
if [ -s tickcast.crt ] && [ -s tickcast.key ]; then
    exit 0
fi
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 \
    -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
    -addext "basicConstraints=critical,CA:FALSE" -keyout tickcast.key -out tickcast.crt 2>/dev/null
chmod 644 tickcast.key
echo "made $(pwd)/tickcast.crt"
