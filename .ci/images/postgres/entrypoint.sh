#!/bin/sh
# Of the official image's behaviour only what a Compose file counts on: user, password and database from the environment.
set -e
data=/var/lib/postgresql/data
if [ ! -s "$data/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
  initdb -D "$data" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth=scram-sha-256 >/dev/null
  rm /tmp/password
  echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
  pg_ctl -D "$data" -w -o "-c listen_addresses=" start >/dev/null
  [ "$POSTGRES_DB" = postgres ] || PGPASSWORD="$POSTGRES_PASSWORD" createdb -U "$POSTGRES_USER" "$POSTGRES_DB"
  pg_ctl -D "$data" -w stop >/dev/null
fi
exec postgres -D "$data" -c "listen_addresses=*"
