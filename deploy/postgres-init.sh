#!/bin/sh
# The role that the service has: it owns nothing, and is granted what it needs when the service starts.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$APP_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
CREATE ROLE coordinator_app LOGIN PASSWORD :'password';
SQL
