# One image for web, worker, beat and the one-shot migration; docker-compose.yml says which is which.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 SOCIALCRM_VAR=/data
RUN useradd --system --uid 10001 --no-create-home socialcrm && install -d -o socialcrm -g socialcrm /data
WORKDIR /app
COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt
COPY . .
USER socialcrm
VOLUME /data
EXPOSE 8000
CMD ["uvicorn", "socialcrm.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--timeout-worker-healthcheck", "60", \
     "--http", "socialcrm.wire:Connection", \
     "--lifespan", "on", "--ws", "none", \
     "--log-level", "warning", "--no-access-log", "--no-server-header", "--no-proxy-headers", "--timeout-graceful-shutdown", "20"]
