from django.core.checks import Error, Tags, register

from .accounts import AccountError
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
