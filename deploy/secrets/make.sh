#!/bin/sh
# Makes what is missing of the passwords, here or in the folder named by $1: one for each program,
# and Redis's list of users, which holds only their SHA-256. Nothing that exists is changed; to
# change the passwords, delete the files, run this again, and restart the cluster.
set -eu
cd "${1:-$(dirname "$0")}"
umask 022

# In the containers the files are read by users who have nothing in common, so everybody may read
# them; what keeps others on this machine out is the folder around them.
chmod 700 .

password() { # of the program $1, made if there is none
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
# Gateways only read the feed. All that they write is in brackets: to each other, and about themselves.
cat >redis/users.acl.new <<EOF
user default on nopass resetkeys resetchannels -@all +ping
user publisher on #$(digest publisher) ~{tickcast:*}:* &{tickcast:*}:* -@all +@read +@write +@scripting +@connection -@dangerous +publish +spublish +time +info +role +cluster|slots
user gateway on #$(digest gateway) %R~{tickcast:*}:* &{tickcast:*}:* -@all +@read +@transaction +@connection -@dangerous +subscribe +unsubscribe +ssubscribe +sunsubscribe +role +cluster|slots (&{tickcast:0}:gateway:* +publish +spublish) (~{tickcast:0}:gateways +hset +hdel +expire)
user server on #$(digest redis) resetkeys &* -@all +ping +info +role +psync +replconf +replicaof +slaveof +multi +exec +subscribe +publish +config|rewrite +client|setname +client|kill +script|kill +cluster
EOF
mv redis/users.acl.new redis/users.acl
# Made by root in a container, they still belong to whoever has the folder.
chown "$(stat -c %u:%g . 2>/dev/null || stat -f %u:%g .)" */redis_password redis/users.acl
