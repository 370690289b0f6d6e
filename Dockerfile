# Puente as a container: `docker build -t puente .`, then see connector/web/DEPLOYMENT.md. It runs as a user without
# rights, needs no writable file system but the data directory and /tmp, and ends within the grace period of SIGTERM.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin puente \
    && install --directory --owner=puente --group=puente --mode=0700 /data

WORKDIR /app
COPY requirements.txt ./
RUN pip install --requirement requirements.txt

COPY LICENSE README.md ./
COPY connector ./connector
COPY looker_schemas ./looker_schemas
COPY sheets_templates ./sheets_templates
# Compiled here, since the file system is read-only later: half a second less at each start.
RUN python -m compileall -q connector

ENV PUENTE_DATA_DIR=/data \
    PUENTE_HOST=0.0.0.0 \
    PUENTE_PORT=8080 \
    PUENTE_LOG_FORMAT=json \
    PYTHONDONTWRITEBYTECODE=1

USER 10001:10001
VOLUME ["/data"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['PUENTE_PORT'] + '/healthz', timeout=4)"]
CMD ["python", "-m", "connector", "serve"]
