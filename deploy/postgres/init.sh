#!/bin/sh
# Runs once, when the database's volume is empty: the portal's own role (no superuser) and its database.
# jit costs more than it saves on this portal's short statements; work_mem lets lists sort in memory.
set -eu
psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres \
    -v role="${TIDU_ROLE:-tidu}" -v database="${TIDU_DATABASE:-tidu}" \
    -v password="$(cat "${DB_PASSWORD_FILE:-/run/secrets/db_password}")" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
ALTER ROLE :"role" SET jit = off;
ALTER ROLE :"role" SET work_mem = '32MB';
CREATE DATABASE :"database" OWNER :"role" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
