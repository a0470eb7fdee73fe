from dataclasses import fields

from django import forms
from django.conf import settings

from apps.privacy.identifiers import InvalidIdentifier, Kind, normalise

from . import services
from .models import EntrySource, SuppressionHandover, SuppressionImport, SuppressionList
from .services import Description, Order

KINDS = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in Kind]
EVIDENCE_LIMIT = 4_000


def default_list() -> str:
    return settings.DEFAULT_LIST


def lists_to_hand_over() -> list[tuple[str, str]]:
    lists = SuppressionList.objects.order_by("name").values_list("name", "title")
    return [("", "All lists"), *((name, f"{title} ({name})") for name, title in lists)]


class ListField(forms.RegexField):
    """The name of a list: one of those offered, or a new one."""

    def __init__(self) -> None:
        super().__init__(
            rf"^{services.NAME.pattern}$",
            label="List",
            initial=default_list,
            help_text="A name that no list has yet makes a new one.",
            widget=forms.TextInput(attrs={"list": "lists", "autocomplete": "off"}),
            error_messages={"invalid": "Use small letters, digits, hyphens and underscores."},
        )


class CheckForm(forms.Form):
    """An identifier as somebody typed it. It travels in the body of a POST only."""

    kind = forms.ChoiceField(label="Kind of identifier", choices=KINDS, initial=Kind.EMAIL.value)
    value = forms.CharField(
        label="Address or identifier",
        max_length=1000,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if {"kind", "value"} <= data.keys():
            try:
                normalise(data["kind"], data["value"])
            except InvalidIdentifier as refusal:
                self.add_error("value", str(refusal))
        return data


class SuppressForm(CheckForm):
    """The same, with the list to put it on and why."""

    list_name = ListField()
    because = forms.ChoiceField(label="Reason", choices=EntrySource.Because.choices, widget=forms.RadioSelect)


class ImportForm(forms.Form):
    """A file of any size, which a worker takes in after this page has answered."""

    file = forms.FileField(
        help_text="One per line, or CSV with a column named like the kind (comma, semicolon or tab). UTF-8, any size.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    identifiers = forms.ChoiceField(
        label="What stands in the file", choices=SuppressionImport.identifiers.field.choices, initial=Kind.EMAIL.value
    )
    list_name = ListField()


class LiftForm(forms.Form):
    """Why a person decided that the block ends."""

    reason = forms.ChoiceField(choices=[(reason.value, reason.label) for reason in services.REASONS])
    evidence = forms.CharField(
        label="What shows it",
        max_length=EVIDENCE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The person's own words, or where they can be found. Sealed under a key of its own.",
    )


class DescribeForm(forms.ModelForm):
    """What a list is for, where and how long it blocks. Its name is fixed: commands and other systems use it."""

    entries_expire_after_days = forms.IntegerField(
        label="New entries expire after",
        required=False,
        min_value=1,
        max_value=36_500,
        help_text="In days, for entries made from now on; those that stand keep their end. Empty: never.",
    )

    class Meta:
        model = SuppressionList
        fields = (
            "title",
            "purpose",
            "everywhere",
            "accounts",
            "entries_expire_after_days",
            "legal_basis",
            "review_date",
        )
        help_texts = {
            "purpose": "In words for colleagues and auditors, without names of people.",
            "everywhere": "Without this, the list blocks at the accounts chosen below only.",
            "review_date": "When somebody looks whether the list is still needed.",
        }

    def clean(self) -> dict[str, object]:
        data = super().clean()
        if not data.get("everywhere") and "accounts" in data and not data["accounts"]:
            self.add_error("accounts", str(services.BlocksNowhere()))
        return data

    def description(self) -> Description:
        """Return what was asked for, once the form is valid."""
        data = self.cleaned_data
        wanted = {field.name: data[field.name] for field in fields(Description)}
        return Description(**wanted | {"accounts": tuple(data["accounts"])})


class HandoverForm(forms.Form):
    """Who gets which list, and for what."""

    list_name = forms.ChoiceField(label="List", required=False, choices=lists_to_hand_over)
    recipient = forms.RegexField(
        rf"^{services.NAME.pattern}$",
        help_text="The name of the system, such as shop-eu; it stands in the file and in the ledger.",
        error_messages={"invalid": "Use small letters, digits, hyphens and underscores."},
    )
    recipient_kind = forms.ChoiceField(
        label="The recipient is", choices=SuppressionHandover.RecipientKind.choices, widget=forms.RadioSelect
    )
    purpose = forms.ChoiceField(choices=SuppressionHandover.Purpose.choices, widget=forms.RadioSelect)
    statement = forms.CharField(
        label="Why, in words",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Sealed. Needed where the recipient is somebody else.",
    )

    @property
    def order(self) -> Order:
        """Return what was asked for, once the form is valid."""
        return Order(**self.cleaned_data)
