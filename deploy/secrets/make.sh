#!/bin/sh
# Makes the missing passwords, here or in the folder named by $1: a password for each program, and Redis's list
# of users with the SHA-256 of each. It changes no existing file. To change the passwords, delete the files, run
# this again, and restart the cluster.
set -eu
cd "${1:-$(dirname "$0")}"
umask 022

# The containers read the files as different users, so every user may read them. The folder keeps other users of
# this machine out.
chmod 700 .

password() { # makes the password of the program $1, if there is none
    if [ ! -s "$1/redis_password" ]; then
        od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$1/redis_password"
        echo "made $1/redis_password"
    fi
}
digest() { { sha256sum 2>/dev/null || shasum -a 256; } <"$1/redis_password" | cut -c1-64; }

password publisher
password gateway
# For Redis itself: replicas, Sentinels, and the making of a cluster.
password redis
# Gateways only read the feed. The brackets have all that they may write: messages to other gateways, and their
# own entries in the list of gateways.
cat >redis/users.acl.new <<EOF
user default on nopass resetkeys resetchannels -@all +ping
user publisher on #$(digest publisher) ~{tickcast:*}:* &{tickcast:*}:* -@all +@read +@write +@scripting +@connection -@dangerous +publish +spublish +time +info +role +cluster|slots
user gateway on #$(digest gateway) %R~{tickcast:*}:* &{tickcast:*}:* -@all +@read +@transaction +@connection -@dangerous +subscribe +unsubscribe +ssubscribe +sunsubscribe +role +cluster|slots (&{tickcast:0}:gateway:* +publish +spublish) (~{tickcast:0}:gateways +hset +hdel +expire)
user server on #$(digest redis) resetkeys &* -@all +ping +info +role +psync +replconf +replicaof +slaveof +multi +exec +subscribe +publish +config|rewrite +client|setname +client|kill +script|kill +cluster
EOF
mv redis/users.acl.new redis/users.acl
# Root in a container may have made the files; they belong to the owner of the folder.
chown "$(stat -c %u:%g . 2>/dev/null || stat -f %u:%g .)" */redis_password redis/users.acl
