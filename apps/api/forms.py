from datetime import timedelta

from django import forms

from .scopes import Scope
from .services.tokens import FASTEST, LONGEST, PER_MINUTE

USUAL = timedelta(days=180)


class ClientForm(forms.Form):
    """An upstream system: a name for history and logs, and what it is for."""

    name = forms.SlugField(max_length=40, help_text="Small letters, digits and hyphens. It acts as the user “api-…”.")
    purpose = forms.CharField(
        label="What it is for", max_length=200, help_text="Shown in clear; no address of a person."
    )


class TokenForm(forms.Form):
    """What a token may do, how often, and until when."""

    scopes = forms.MultipleChoiceField(
        label="What it may do", choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.IntegerField(label="Days until it expires", min_value=1, max_value=LONGEST.days, initial=USUAL.days)
    per_minute = forms.IntegerField(
        label="Calls a minute",
        min_value=1,
        max_value=FASTEST,
        initial=PER_MINUTE,
        help_text="All tokens of the client count together. Of a check, each 100 identifiers count as a call.",
    )

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])
