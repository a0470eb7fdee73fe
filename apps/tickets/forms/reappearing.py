"""What staff are asked when an erased person was seen again; cleaned data are the keywords of the service."""

from django import forms

from apps.tickets.models import Reappearance

from .acting import REASON_LIMIT, ActForm


def _text(label: str, help_text: str) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=REASON_LIMIT, widget=area, help_text=help_text)


class ByChoiceForm(ActForm):
    text = _text("What shows it?", "Such as a sign-up, an order, a message from the person. It is sealed.")


class ReimportedForm(ActForm):
    source = forms.ChoiceField(
        label="What brought the person back?", choices=Reappearance.Source.choices, widget=forms.RadioSelect
    )
    text = _text("How do you know, and was the source paused?", "It is sealed.")
