from datetime import date, timedelta

from django import forms

from .errors import ReportError
from .formats import Format
from .orders import Moment, Order, Period


class ReportForm(forms.Form):
    """Asks what to report on. Valid, it has an `order`."""

    moment = forms.ChoiceField(choices=Moment.choices, label="Tickets that were", initial=Moment.RECEIVED)
    first_date = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last_date = forms.DateField(label="To and including", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    as_format = forms.ChoiceField(choices=Format.choices, label="Format", initial=Format.CSV)
    with_masks = forms.BooleanField(
        label="Show masked identifiers",
        help_text="Such as j•••@e•••.com: enough to find a person again for someone who knows the address.",
        required=False,
        initial=True,
    )

    def clean(self):
        """Build the order; a period without a day in it is an error of the form."""
        given = super().clean()
        if not self.errors:
            self.order = _order(given)
        return given


class ReconstructionForm(forms.Form):
    """Its cleaned data are the keywords of the service; every answer is valid."""

    with_identifiers = forms.BooleanField(required=False)


def last_month(today: date) -> dict[str, date]:
    """Return first and last day of the month before."""
    last_date = today.replace(day=1) - timedelta(days=1)
    return {"first_date": last_date.replace(day=1), "last_date": last_date}


def _order(given: dict) -> Order:
    try:
        period = Period(given["first_date"], given["last_date"], given["moment"])
    except ReportError as error:
        raise forms.ValidationError({"last_date": str(error)}) from None
    return Order(period, given["as_format"], given["with_masks"])
