#!/bin/sh
# Makes the missing passwords, here or in the folder named by $1: a password for each program, and Redis's list
# of users with the SHA-256 of each. It changes no existing password. A folder named by $1 gets the passwords that
# are here, if any. To change the passwords, delete the files, run this again, and restart the cluster.
set -eu
given=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$given}"
umask 022

# The containers read the files as different users, so every user may read them. The folder keeps other users of
# this machine out.
chmod 700 .

password() { # makes the password of the program $1, if there is none
    if [ -s "$1/redis_password" ]; then return; fi
    mkdir -p "$1"
    if [ -s "$given/$1/redis_password" ]; then
        cp "$given/$1/redis_password" "$1/redis_password"
        echo "took $1/redis_password from $given"
    else
        od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$1/redis_password"
        echo "made $1/redis_password"
    fi
}
digest() { { sha256sum 2>/dev/null || shasum -a 256; } <"$1/redis_password" | cut -c1-64; }

password publisher
password gateway
# For programs that hand in prices.
password producer
# For Redis itself: replicas, Sentinels, the making of a cluster, and a rollout that lets Redis load its list of users.
password redis
# Gateways only read the feed. The brackets have all that they may write: messages to other gateways, and their
# own entries in the list of gateways. Producers append to inboxes and to the counts of their bytes, and read how
# many partitions the feed has; the scripts that they send may do no more.
cat >redis/users.acl.new <<EOF
user default on nopass resetkeys resetchannels -@all +ping
user publisher on #$(digest publisher) ~{tickcast:*}:* &{tickcast:*}:* -@all +@read +@write +@scripting +@connection -@dangerous +publish +spublish +time +info +role +cluster|slots
user gateway on #$(digest gateway) %R~{tickcast:*}:* &{tickcast:*}:* -@all +@read +@transaction +@connection -@dangerous +subscribe +unsubscribe +ssubscribe +sunsubscribe +time +info +role +cluster|slots (&{tickcast:*:0}:gateway:* +publish +spublish) (~{tickcast:*:0}:gateways +hset +hdel +expire)
user producer on #$(digest producer) resetkeys resetchannels -@all +@connection -@dangerous +time +info +role +cluster|slots (~{tickcast:*:*}:in +eval +evalsha +xadd +xlen +type) (~{tickcast:*:*}:in:held +hmget +hincrby +del +type) (%R~{tickcast:*:0}:meta +hget +hmget +hgetall)
user server on #$(digest redis) resetkeys &* -@all +ping +info +role +psync +replconf +replicaof +slaveof +multi +exec +subscribe +publish +acl|load +config|rewrite +client|setname +client|kill +script|kill +cluster
EOF
mv redis/users.acl.new redis/users.acl
# Root in a container may have made the files; they belong to the owner of the folder.
chown "$(stat -c %u:%g . 2>/dev/null || stat -f %u:%g .)" */redis_password redis/users.acl
