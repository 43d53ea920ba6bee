#!/bin/sh
# Makes the missing passwords, here or in the folder named by $1: for each program one for Redis and another one for
# Sentinels, and the lists of users of both, with the SHA-256 of each. It changes no existing password. A folder named
# by $1 gets the passwords that are here, if any. To change passwords, delete the files, run this again, and let Redis
# load its list of users (ACL LOAD): programs read their files at each new connection.
set -eu
given=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$given}"
umask 022

# The containers read the files as different users, so every user may read them. The folder keeps other users of
# this machine out.
chmod 700 .

password() { # makes the password $2 of the program $1, if there is none
    if [ -s "$1/$2" ]; then return; fi
    mkdir -p "$1"
    if [ -s "$given/$1/$2" ]; then
        cp "$given/$1/$2" "$1/$2"
        echo "took $1/$2 from $given"
    else
        od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$1/$2"
        echo "made $1/$2"
    fi
}
digest() { { sha256sum 2>/dev/null || shasum -a 256; } <"$1/${2:-redis_password}" | cut -c1-64; }

# `producer` is for programs that hand in prices, `operator` for `tickcast symbols`, `feeds`, `producers` and
# `token revoke`, and `redis` for Redis itself: replicas, Sentinels, the making of a cluster, and a rollout that lets
# Redis load its list of users. Whoever runs a Sentinel learns what a program tells it, so none tells it the password
# for Redis.
for program in publisher gateway producer operator redis; do
    password $program redis_password
    password $program sentinel_password
done
# The key by which gateways sign what they send each other.
if [ ! -s gateway/cluster_key ]; then
    if [ -s "$given/gateway/cluster_key" ] && [ "$given" != "$(pwd)" ]; then
        cp "$given/gateway/cluster_key" gateway/cluster_key
    else
        od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >gateway/cluster_key
    fi
    echo "made gateway/cluster_key"
fi
# Gateways only read the feed. The brackets have all that they may write: messages to other gateways, their list, and
# what is used of each. With TICKCAST_CONTROL_URL set they do that in another Redis, and may write nothing here.
# Producers append to inboxes and to the counts of their bytes, and read how many partitions the feed has; the scripts
# that they send may do no more. An operator reads the feed, gives orders to its publisher, revokes subjects of tokens,
# and removes feeds that nobody leads; it alone may look for the names of keys. A publisher writes all of a feed but who
# is revoked. None may touch scripts that Redis keeps.
written=
for name in live log last symbols bars meta in producers rejects orders fence lease publishers gateways uses; do
    # What begins so, too: bars of a symbol, the log of the epoch before, what was moved aside. Scripts are given the
    # channel among their keys.
    written="$written ~{tickcast:*}:$name*"
done
keys='~{tickcast:*:0}:gateways ~{tickcast:*:0}:uses:[0-9a-f] ~{tickcast:*:0}:uses:work'
control=" (&{tickcast:*:0}:gateway:* +publish +spublish) ($keys +hset +hdel +expire)"
if [ -n "${TICKCAST_CONTROL_URL:-}" ]; then control=; fi
cat >redis/users.acl.new <<EOF
user default on nopass resetkeys resetchannels -@all +ping
user publisher on #$(digest publisher)$written %R~{tickcast:*}:revoked resetchannels &{tickcast:*}:live -@all +@read +@write +@connection -@dangerous -scan -randomkey -function +eval +evalsha +publish +spublish +time +info +role +cluster|slots
user gateway on #$(digest gateway) %R~{tickcast:*}:* &{tickcast:*}:* -@all +@read +@transaction +@connection -@dangerous -scan -randomkey +subscribe +unsubscribe +ssubscribe +sunsubscribe +time +info +role +cluster|slots$control
user producer on #$(digest producer) resetkeys resetchannels -@all +@connection -@dangerous +time +info +role +cluster|slots (~{tickcast:*:*}:in +eval +evalsha +xadd +xlen +type) (~{tickcast:*:*}:in:held +hmget +hincrby +del +type) (%R~{tickcast:*:0}:meta +hget +hmget +hgetall)
user operator on #$(digest operator) %R~{tickcast:*}:* resetchannels -@all +@connection -@dangerous +get +hget +hmget +hgetall +hexists +lrange +xlen +xrange +scan +time +info +role +cluster|slots (~{tickcast:*:*}:orders +xadd) (~{tickcast:*:0}:revoked +hset) (~{tickcast:*}:* +unlink)
user server on #$(digest redis) resetkeys resetchannels &__sentinel__:* -@all +ping +info +role +psync +replconf +replicaof +slaveof +multi +exec +subscribe +publish +acl|load +config|rewrite +client|setname +client|kill +script|kill +cluster
EOF
mv redis/users.acl.new redis/users.acl
# On Sentinels programs learn which server is the master. Whoever could name another one would be sent the passwords
# for Redis. Sentinels use `server` among themselves.
ask='resetkeys resetchannels -@all +@connection -@dangerous +sentinel|get-master-addr-by-name'
{
    echo 'user default on nopass resetkeys resetchannels -@all +ping'
    for program in publisher gateway producer operator; do
        echo "user $program on #$(digest $program sentinel_password) $ask"
    done
    echo "user server on #$(digest redis sentinel_password) $ask &__sentinel__:* +info +role +publish +subscribe +sentinel|is-master-down-by-addr +sentinel|ckquorum"
} >redis/sentinels.acl.new
mv redis/sentinels.acl.new redis/sentinels.acl
# Root in a container may have made the files; they belong to the owner of the folder.
chown "$(stat -c %u:%g . 2>/dev/null || stat -f %u:%g .)" */redis_password */sentinel_password gateway/cluster_key redis/users.acl redis/sentinels.acl
