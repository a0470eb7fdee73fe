from django.conf import settings
from django.core.checks import Error, register

_NEEDED = {
    "bulk": 1,
    "guard_cycle": 0.5,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 0,
    "catch_up": False,
}


@register()
def queue_settings(app_configs, **kwargs):
    """Hold django-q2 to the settings under which a task is neither repeated for ever nor lost without a trace."""
    queue = settings.Q_CLUSTER
    wrong = [name for name, value in _NEEDED.items() if queue.get(name) != value]
    if queue.get("queue_limit") != queue.get("workers"):
        wrong.append("queue_limit")
    if queue.get("retry", 0) <= 3 * (queue.get("timeout") or queue.get("retry", 0)):
        wrong.append("retry")
    return [
        Error(
            f"Q_CLUSTER[{name!r}] has a value under which tasks repeat, hang or are lost.",
            hint="docs/configuration.md, “The queue”, says which value is needed and why.",
            id="jobs.E001",
        )
        for name in wrong
    ]
