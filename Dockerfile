# syntax=docker/dockerfile:1
# One image for everything of ours: web, worker, beat, set-up and backup start from it (docker-compose.yml).
# tests/machine/test_compose.py keeps its versions equal to the locks; docs/operations.md says what no engine has run.

# ---- the front end: static/dist, as `npm run build` makes it everywhere ------------------------------------
FROM node:24.19.0-bookworm-slim AS front
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/build.mjs scripts/
COPY static/src static/src
RUN npm run -s build

# ---- the packages of the lock, hashes checked --------------------------------------------------------------
FROM python:3.11-slim-bookworm AS packages
WORKDIR /build
COPY requirements.txt ./
RUN python -m venv /srv/venv \
    && /srv/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

# ---- the faces of official papers (仿宋 黑 楷 宋) ---------------------------------------------------------------
FROM python:3.11-slim-bookworm AS fonts
WORKDIR /build
COPY scripts/common.sh scripts/fonts scripts/
RUN apt-get update && FONT_DIR=/srv/fonts scripts/fonts && test -s /srv/fonts/FandolFang-Regular.otf

# ---- the portal --------------------------------------------------------------------------------------------
FROM python:3.11-slim-bookworm
# Debian's security updates come with a newer build of the image; versions are the release's, not pinned one by one.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        fontconfig fonts-noto-cjk libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 poppler-utils \
        postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/* \
    && fc-cache -s \
    && groupadd --gid 10001 tidu \
    && useradd --uid 10001 --gid tidu --no-create-home --home-dir /tmp --shell /usr/sbin/nologin tidu \
    && install -d -o tidu -g tidu -m 0750 /var/lib/tidu /backups
WORKDIR /srv/tidu
COPY --from=packages /srv/venv /srv/venv
COPY --from=fonts /srv/fonts /srv/fonts
COPY manage.py ./
COPY foundation foundation
COPY enterprises enterprises
COPY cultivation cultivation
COPY reviews reviews
COPY monitoring monitoring
COPY portal portal
COPY templates templates
COPY static static
COPY --from=front /build/static/dist static/dist
COPY deploy/setup deploy/setup
# Nothing is written beside the code at run time, so it is compiled here.
RUN /srv/venv/bin/python -m compileall -q foundation enterprises cultivation reviews monitoring portal
ENV PATH=/srv/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=portal.settings.production \
    TIDU_VAR=/var/lib/tidu \
    FONT_DIR=/srv/fonts \
    HOME=/tmp
USER 10001:10001
EXPOSE 8000
CMD ["gunicorn", "portal.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--timeout", "60", "--worker-tmp-dir", "/dev/shm"]
