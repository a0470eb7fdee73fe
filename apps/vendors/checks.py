from django.core.checks import Error, Tags, register

from .accounts import Account, AccountError
from .selectors import read_accounts


@register(Tags.security)
def vendor_accounts(app_configs, **kwargs):
    """Say at start which VENDOR_ variable cannot be used; the text never repeats a value, since it holds keys."""
    return [
        Error(
            str(account),
            hint="The form is vendor://KEY[:SECRET]@host[/SITE]?option=value; docs/configuration.md lists the options.",
            id="vendors.E001",
        )
        for account in read_accounts()
        if isinstance(account, AccountError)
    ]


@register(Tags.security)
def one_variable_per_place(app_configs, **kwargs):
    """Refuse two names for one site: each would send to it, and count a day of its own."""
    names: dict[tuple[object, ...], str] = {}
    twins = []
    for account in read_accounts():
        if isinstance(account, Account) and names.setdefault(account.place, account.name) != account.name:
            twins.append((names[account.place], account.name))
    return [
        Error(
            f"VENDOR_{one.upper()} and VENDOR_{other.upper()} name the same site.",
            hint="Remove one of them: each person would be asked for twice, and the day's limit would count twice.",
            id="vendors.E002",
        )
        for one, other in twins
    ]
