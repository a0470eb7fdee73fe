"""Tell at start what is wrong with the environment, in words, before anything acts on it."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error


def check_environment(app_configs: Any, **kwargs: Any) -> Iterable[CheckMessage]:
    """Report every variable that could not be read; its default stands in for it meanwhile."""
    return [
        Error(
            f"{variable}: {problem}",
            hint=f"Correct {variable} in the environment or in .env; .env.example shows every variable.",
            id="console.E001",
        )
        for variable, problem in settings.CONFIGURATION_PROBLEMS.items()
    ]
