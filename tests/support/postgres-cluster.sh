#!/bin/sh
# Starts or stops a PostgreSQL cluster of its own for tests, in DIR, on a free loopback port.
#   postgres-cluster.sh start DIR   prints the administrator's URL
#   postgres-cluster.sh stop DIR    stops the cluster and removes DIR
#   postgres-cluster.sh watch DIR PID   stops it once the process PID is gone, however it ended
# Run as root, the server runs as "postgres" (it refuses root). FSYNC=on keeps commits durable;
# the default is off, because a test's cluster does not outlive the machine.
set -eu

fail() { echo "postgres-cluster.sh: $*" >&2; exit 1; }

[ $# -ge 2 ] || fail "usage: postgres-cluster.sh start|stop DIR, watch DIR PID"
action=$1
dir=$2

bin=${POSTGRES_BIN:-}
if [ -z "$bin" ]; then
    for candidate in /usr/lib/postgresql/*/bin; do
        [ -x "$candidate/initdb" ] && bin=$candidate
    done
fi
[ -n "$bin" ] || fail "no PostgreSQL server found (apt-get install postgresql)"

as_server() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/tmp "$@"
    else
        "$@"
    fi
}

free_port() {
    # The kernel names a port that is free now; start is tried again should another take it first.
    python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

case $action in
start)
    mkdir -p "$dir"
    chmod 0755 "$dir"
    mkdir "$dir/data" || fail "$dir holds a cluster already"
    chmod 0700 "$dir/data"
    [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$dir" "$dir/data"
    cd "$dir"
    as_server "$bin/initdb" --pgdata=data --username=guiqiao --auth=trust --encoding=UTF8 \
        --locale=C --no-sync >initdb.log 2>&1 || fail "initdb: $(cat initdb.log)"
    fsync=${FSYNC:-off}
    for attempt in 1 2 3 4 5; do
        port=$(free_port)
        if as_server "$bin/pg_ctl" start --pgdata=data --log=server.log --wait --timeout=60 --silent \
            --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
-c fsync=$fsync -c full_page_writes=$fsync -c max_connections=200 -c shared_buffers=64MB \
-c log_min_messages=fatal -c autovacuum_naptime=10s" >/dev/null 2>&1 </dev/null; then
            echo "postgresql://guiqiao@127.0.0.1:$port/postgres"
            exit 0
        fi
    done
    fail "the server does not start: $(tail -n 20 server.log)"
    ;;
stop)
    [ -d "$dir/data" ] || exit 0
    cd "$dir"
    as_server "$bin/pg_ctl" stop --pgdata=data --mode=immediate --wait --silent >/dev/null 2>&1 || true
    cd /
    rm -rf "$dir"
    ;;
watch)
    # A process that nobody has waited for yet (Z) is gone as well.
    while kill -0 "$3" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$3/status" 2>/dev/null; do
        sleep 1
    done
    exec "$0" stop "$dir"
    ;;
*)
    fail "unknown action $action"
    ;;
esac
