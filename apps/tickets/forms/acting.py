"""What staff are asked before an act: each form's cleaned data are the keywords of the service that it asks for."""

import json
import re
from collections.abc import Mapping

from django import forms

from apps.privacy.identifiers import InvalidIdentifier, Kind, normalise, trim
from apps.tickets.models import DeletionTicket
from apps.tickets.models.ticket import IdentityBasis, NotSuppressed, SourcesPaused
from apps.tickets.moments import count
from apps.tickets.selectors.findings import KIND_NAMES
from apps.tickets.selectors.profiles import ProfileRow
from apps.tickets.states import Choice, DenialCode

REASON_LIMIT = 4_000
REFERENCE = re.compile(r"DEL-\d{4}-\d{6,}")


def _text(label: str, help_text: str = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=REASON_LIMIT, widget=area, help_text=help_text)


class ActForm(forms.Form):
    """A form behind a button; its labels are questions or names, without Django's colon."""

    def __init__(self, *args, **options):
        super().__init__(*args, label_suffix="", **options)

    def show_again(self, marks: Mapping[str, str]) -> None:
        """Post the marks of what is shown now, not those of the page that lacked an answer: its figures are gone."""
        data = self.data.copy()
        data.update(marks)
        self.data = data


class NothingAsked(ActForm):
    """An act that needs no words."""


class ReasonForm(ActForm):
    text = _text("Reason", "Sealed with the ticket's own key.")


def write_marks(marks: Mapping[int, str]) -> str:
    """Write what ApproveForm posts back: the mark of each ticket as it was shown."""
    return json.dumps(marks, separators=(",", ":"))


class ApproveForm(ActForm):
    sources_paused = forms.ChoiceField(
        label="Are the upstream sources paused (Stripe, Shopify, webhook replays, imports)?",
        choices=SourcesPaused.choices,
        widget=forms.RadioSelect,
        help_text="Whatever still sends brings the person back, and without the unsubscribe state.",
    )
    not_suppressed = forms.ChoiceField(
        label="Block the identifiers for marketing and re-import?",
        choices=[
            ("", "Yes, on the suppression list"),
            *((code, f"No. {words}") for code, words in NotSuppressed.choices),
        ],
        required=False,
        help_text="Mail about an order is not blocked. Without an entry nothing keeps the person from coming back.",
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_seen(self) -> dict[int, str] | None:
        """Read the marks; a page that posts none binds to nothing."""
        text = self.cleaned_data["seen"]
        try:
            return {int(pk): str(mark) for pk, mark in json.loads(text).items()} if text else None
        except (ValueError, AttributeError):
            raise forms.ValidationError("Load the page again.") from None


class VerifyForm(ActForm):
    basis = forms.ChoiceField(
        label="How was the identity checked?",
        choices=[choice for choice in IdentityBasis.choices if choice[0] != IdentityBasis.ASKED],
        widget=forms.RadioSelect,
    )


class DenyForm(ReasonForm):
    field_order = ("code", "text")
    code = forms.ChoiceField(label="Ground", choices=[("", "Choose one"), *DenialCode.choices])


class CancelForm(ReasonForm):
    opened_in_error = forms.BooleanField(
        label="Opened in error: nobody asked for this", required=False, help_text="Else it counts as withdrawn."
    )


class EvidenceForm(ActForm):
    evidence = _text("What was done where, and how it can be checked")


class DuplicateForm(ActForm):
    cover = forms.CharField(label="Reference of the ticket that stays", max_length=20)

    def clean_cover(self) -> DeletionTicket:
        reference = self.cleaned_data["cover"].strip().upper()
        cover = DeletionTicket.objects.filter(reference=reference).first()
        if cover is None:
            raise forms.ValidationError("There is no such ticket.")
        return cover


class ChooseForm(ActForm):
    """Whose the profiles are that share an address. ``snapshot`` names what was read: nothing newer is chosen."""

    snapshot = forms.IntegerField(widget=forms.HiddenInput)
    choice = forms.ChoiceField(
        label="Whose profiles are these?",
        choices=[choice for choice in Choice.choices if choice[0]],
        widget=forms.RadioSelect,
    )
    uuids = forms.MultipleChoiceField(
        label="Profiles of this person", required=False, widget=forms.CheckboxSelectMultiple
    )
    text = _text("How is it known that all of them belong to this person?", "Sealed with the ticket's own key.")

    def __init__(self, *args, profiles: list[ProfileRow], **options):
        super().__init__(*args, **options)
        self.fields["text"].required = False
        self.fields["uuids"].choices = [(row.uuid, _profile_label(row)) for row in profiles if row.can_be_ticked]
        nameless = sum(not row.can_be_ticked for row in profiles)
        self.fields["uuids"].help_text = _about_nameless(nameless) if nameless else ""

    def clean(self) -> None:
        choice = self.cleaned_data.get("choice")
        if choice == Choice.ALL and not self.cleaned_data.get("text", "").strip():
            self.add_error("text", "Write how it is known: the record has to say why.")
        if choice == Choice.TICKED and not self.cleaned_data.get("uuids"):
            self.add_error("uuids", "Tick at least one profile.")


class ReopenForm(ActForm):
    """Identifiers for a linked ticket; a field left empty keeps what the old ticket has. No value is ever shown.

    On own initiative only those that the old ticket has are asked for: reopen() takes no others.
    """

    identity_basis = forms.ChoiceField(label="How was the identity checked?", choices=IdentityBasis.choices)

    def __init__(self, *args, masked: dict[str, str] | None = None, own_initiative: bool = False, **options):
        super().__init__(*args, **options)
        masked = masked or {}
        if own_initiative:
            del self.fields["identity_basis"]
        self._kinds = [kind for kind in Kind if kind.value in masked or not own_initiative]
        for kind in self._kinds:
            self.fields[kind.value] = _identifier_field(kind, masked.get(kind.value, ""))
            if own_initiative:
                self.fields[kind.value].help_text += " Else another spelling of the same."
        self.order_fields([*masked, *(kind.value for kind in Kind), "identity_basis"])

    def clean(self) -> None:
        for kind in self._kinds:
            value = trim(self.cleaned_data.get(kind.value) or "")
            self.cleaned_data[kind.value] = value
            if value:
                self._refuse_unusable(kind, value)

    @property
    def corrected(self) -> dict[str, str]:
        return {kind.value: self.cleaned_data[kind.value] for kind in self._kinds if self.cleaned_data.get(kind.value)}

    def _refuse_unusable(self, kind: Kind, value: str) -> None:
        try:
            normalise(kind, value)
        except InvalidIdentifier as error:
            self.add_error(kind.value, str(error))


class CorrectForm(ReopenForm):
    """The same, where a vendor rejected an identifier: that one has to be typed anew."""

    def __init__(self, *args, kind: str, **options):
        super().__init__(*args, **options)
        self.fields[kind].required = True
        self.fields[kind].label = f"Corrected {KIND_NAMES[kind].lower()}"
        self.fields[kind].help_text = "As the vendor should know it. It was refused as it is now."
        self.order_fields([kind])


class FindForm(forms.Form):
    """A reference, or any identifier in full; it travels by POST alone."""

    sought = forms.CharField(max_length=300, strip=False)

    @property
    def reference(self) -> str:
        """Return what looks like a reference in its one spelling, or nothing."""
        text = self.cleaned_data["sought"].strip().upper()
        return text if REFERENCE.fullmatch(text) else ""


def _profile_label(row: ProfileRow) -> str:
    more = [f"id {row.short}", f"since {row.since}" if row.since else "", count(row.tags, "tag"), row.state]
    return ", ".join([f"Record {row.number}: customer {row.customer}", *(part for part in more if part)])


def _about_nameless(number: int) -> str:
    return (
        f"{count(number, 'profile')} without a customer id cannot be singled out: erased by hand at the vendor, or "
        "together with all the others."
    )


def _identifier_field(kind: Kind, masked: str) -> forms.CharField:
    return forms.CharField(
        label=KIND_NAMES[kind],
        required=False,
        strip=False,
        help_text=f"Empty: stays {masked}." if masked else "",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
