"""Celery is a doorbell: rows in PostgreSQL are the queue of record (see socialcrm/jobs.py and inbox/sweep.py)."""

import os

from celery import Celery
from celery.schedules import crontab

from socialcrm import jobs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socialcrm.settings")

app = Celery("socialcrm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=False,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_soft_shutdown_timeout=5,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "socket_timeout": 5,
        "socket_connect_timeout": 5,
        "visibility_timeout": 3600,
        "unacked_restore_interval": 10,
    },
    task_publish_retry_policy={"max_retries": 0},
    beat_schedule_filename="",
    beat_schedule={
        "pull": {"task": jobs.PULL_DUE, "schedule": 5.0, "options": {"expires": 10}},
        "backfill": {"task": jobs.BACKFILL_DUE, "schedule": 5.0, "options": {"expires": 10}},
        "imports": {"task": jobs.IMPORT_CONTACTS, "schedule": 10.0, "options": {"expires": 10}},
        "dry runs": {"task": jobs.DRY_RUN, "schedule": 10.0, "options": {"expires": 10}},
        "look again": {"task": jobs.LOOK_AGAIN, "schedule": 300.0, "options": {"expires": 300}},
        # Rung for by every page that got a quick look; this finds what was left behind.
        "second look": {"task": jobs.SECOND_LOOK, "schedule": 30.0, "options": {"expires": 30}},
        "watch": {"task": jobs.WATCH, "schedule": 60.0, "options": {"expires": 60}},
        "suggest": {"task": jobs.SUGGEST, "schedule": 60.0, "options": {"expires": 60}},
        "deliver": {"task": jobs.DELIVER_DUE, "schedule": 2.0, "options": {"expires": 10}},
        # Seen by /readyz, which calls a worker absent after a minute.
        "heartbeat": {"task": jobs.HEARTBEAT, "schedule": 10.0, "options": {"expires": 30}},
        "wake": {"task": jobs.WAKE, "schedule": 15.0, "options": {"expires": 15}},
        "sessions": {
            "task": jobs.CLEAR_SESSIONS,
            "schedule": crontab(hour="4", minute="10"),
            "options": {"expires": 6 * 3600},
        },
        "sweep": {"task": jobs.SWEEP, "schedule": 15.0, "options": {"expires": 30}},
        "escalate": {"task": jobs.ESCALATE, "schedule": 30.0, "options": {"expires": 30}},
        "notify": {"task": jobs.NOTIFY, "schedule": 30.0, "options": {"expires": 30}},
        "restate": {"task": jobs.RESTATE, "schedule": 30.0, "options": {"expires": 30}},
        "open hours": {
            "task": jobs.OPEN_HOURS,
            "schedule": crontab(hour="2", minute="20"),
            "options": {"expires": 6 * 3600},
        },
        # What a dead worker or a lost doorbell has left; the night's asks by itself.
        "train": {"task": jobs.TRAIN, "schedule": 60.0, "options": {"expires": 60}},
        "train in the night": {
            "task": jobs.TRAIN,
            "schedule": crontab(hour="2", minute="20"),
            "kwargs": {"nightly": True},
            "options": {"expires": 6 * 3600},
        },
        "routing days": {"task": jobs.ROUTING_DAYS, "schedule": 600.0, "options": {"expires": 600}},
        "assign": {"task": jobs.ASSIGN, "schedule": 60.0, "options": {"expires": 60}},
        "influence": {"task": jobs.INFLUENCE, "schedule": 900.0, "options": {"expires": 900}},
        "criteria": {"task": jobs.CRITERIA, "schedule": 60.0, "options": {"expires": 60}},
        # After the night's ranking, which one of them may ask for.
        "criteria of everybody": {
            "task": jobs.CRITERIA,
            "schedule": crontab(hour="3", minute="40"),
            "kwargs": {"everybody": True},
            "options": {"expires": 6 * 3600},
        },
        "influence afresh": {
            "task": jobs.INFLUENCE,
            "schedule": crontab(hour="3", minute="10"),
            "kwargs": {"afresh": True},
            "options": {"expires": 6 * 3600},
        },
    },
)
app.autodiscover_tasks()
