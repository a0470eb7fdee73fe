from django.conf import settings
from django.core.checks import Error, register

from apps.vendors.accounts import AccountError
from apps.vendors.selectors import read_accounts

from .regimes import Regime
from .services.claiming import MOST_CALLS
from .services.lane import SLICE_SECONDS


@register()
def slices_end_in_time(app_configs, **kwargs):
    """Hold every account's timeout to what the queue allows: a worker killed in a slice leaves outcomes unknown."""
    longest = settings.Q_CLUSTER["timeout"] - SLICE_SECONDS
    accounts = [account for account in read_accounts() if not isinstance(account, AccountError)]
    return [
        Error(
            f"VENDOR_{account.name.upper()}: option timeout is too long for the worker's own time limit.",
            hint=f"Use at most {int(longest // MOST_CALLS)} seconds.",
            id="tickets.E001",
        )
        for account in accounts
        if account.options.timeout.total_seconds() * MOST_CALLS > longest
    ]


@register()
def default_regime_is_known(app_configs, **kwargs):
    """Hold DEFAULT_REGIME to the laws whose periods the console knows: another word would get a wrong clock."""
    if settings.DEFAULT_REGIME in Regime.values:
        return []
    return [
        Error(
            f"DEFAULT_REGIME: “{settings.DEFAULT_REGIME}” is no regime this console knows.",
            hint=f"Use one of {', '.join(Regime.values)}.",
            id="tickets.E002",
        )
    ]
