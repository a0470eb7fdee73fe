from django.conf import settings
from django.db import models


class JobQuerySet(models.QuerySet):
    def unfinished(self):
        return self.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])


class Job(models.Model):
    """Long work with progress and a stop; the row is the truth, a queue message only says that it is there.

    It is worked in turns of some seconds: ``turn`` numbers the next, and ``leased_until`` keeps it from two workers.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting for a worker"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"
        FAILED = "failed", "Failed"

    kind = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    turn = models.PositiveIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error_id = models.CharField(max_length=40, blank=True)
    stop_requested = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    def __str__(self):
        return f"{self.kind} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}

    @property
    def tone(self) -> str:
        """Return the tone of its state on pages (docs/design-language.md)."""
        return _TONES[self.Status(self.status)]


_TONES = {
    Job.Status.QUEUED: "idle",
    Job.Status.RUNNING: "busy",
    Job.Status.DONE: "good",
    Job.Status.STOPPED: "warn",
    Job.Status.FAILED: "bad",
}


class Keeper(models.Model):
    """Whoever keeps the workers of one host and folder: when they last answered, and what had to be done about it.

    ``seen_at`` is the keeper's own sign of life, ``answered_at`` that of its workers: written once a task has gone all
    the way from the queue through a worker to the process that records results. ``started_at`` and ``restarts`` go back
    to the first of several keepers in a row whose workers never answered.
    """

    name = models.CharField(max_length=300, unique=True)
    host = models.CharField(max_length=255)
    workers = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    restarts = models.PositiveIntegerField(default=0)
    restarted_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"keeper on {self.host}"


class Wake(models.Model):
    """A ring at a moment to come, for what should not wait for the next sweep; where no keeper runs, the sweep does."""

    task = models.CharField(max_length=100)
    subject = models.PositiveBigIntegerField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["task", "subject"], name="one_wake_per_task_and_subject")]

    def __str__(self):
        return f"{self.task} {self.subject}"
