#!/usr/bin/env bash
# Runs a command with PostgreSQL and Redis servers of its own, on unix sockets in a folder that is
# gone afterwards: no server of the machine is touched, and no port is taken.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1 || true)
redis=$(command -v redis-server || true)
if [[ -z $bin || -z $redis ]]; then
    echo "skipped promises: 1: the production column (needs PostgreSQL and Redis)"
    [[ ${CI:-} != true ]]
    exit
fi
home=$(mktemp -d /tmp/tieline-production.XXXXXX)
as() { if [[ $(id -u) == 0 ]]; then su postgres -s /bin/bash -c "$1"; else bash -c "$1"; fi; }
stop() {
    as "'$bin/pg_ctl' -D '$home/pg' -m fast -w stop" >/dev/null || true
    [[ -f $home/redis.pid ]] && kill "$(cat "$home/redis.pid")" || true
    rm -rf "$home"
}
trap stop EXIT
if [[ $(id -u) == 0 ]]; then chown postgres "$home"; fi
chmod 755 "$home"
as "'$bin/initdb' -D '$home/pg' -U tieline -A trust -E UTF8 --locale=C.UTF-8" >/dev/null
as "'$bin/pg_ctl' -D '$home/pg' -l '$home/log' -w start \
    -o '-c listen_addresses= -c unix_socket_directories=$home -c fsync=off -c max_connections=200'" >/dev/null
"$redis" --port 0 --unixsocket "$home/redis.sock" --save "" --daemonize yes \
    --pidfile "$home/redis.pid" --dir "$home" >/dev/null
export DATABASE_URL="postgres://tieline@$(printf %s "$home" | sed 's,/,%2F,g')/postgres"
export BROKER_URL="redis+socket://$home/redis.sock"
export SECRET_KEY="only-for-the-tests-of-this-very-run-0123456789"
export TIELINE_VAULT_KEY="another-one-for-the-tests-of-this-run-0123456789"
"$@"
