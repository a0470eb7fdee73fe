"""The form that opens a ticket, and the two parts of it that answer while it is filled in."""

from collections.abc import Iterable
from datetime import date, datetime, time

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from apps.privacy.identifiers import InvalidIdentifier, Kind, normalise, trim
from apps.tickets.models import DeletionTicket
from apps.tickets.models.ticket import Channel, IdentityBasis, Requester
from apps.tickets.regimes import Regime, due_at
from apps.tickets.requests import Request
from apps.tickets.selectors.findings import Findings

NOTE_LIMIT, REQUEST_LIMIT = 10_000, 50_000

_BASES = {
    IdentityBasis.LOGGED_IN: "The request came from inside the person's own account.",
    IdentityBasis.ANSWERED: "The person answered a message that was sent to the address to be erased.",
    IdentityBasis.DOCUMENT: "A document was seen. No copy of it is kept, here or elsewhere.",
    IdentityBasis.AUTHORITY: "An agent showed a written authority from the person.",
    IdentityBasis.ELSEWHERE: "Another system or team checked it before the request came here.",
    IdentityBasis.ASKED: "Not checked yet: the ticket waits for identity, and nobody can approve it before.",
}

_plain_reference = RegexValidator(
    "@", "This reference is shown to everybody in clear, so it cannot be an address.", inverse_match=True
)
_language_tag = RegexValidator(r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*\Z", "Write a language such as de or pt-BR.")
_country_code = RegexValidator(r"^[A-Za-z]{2}\Z", "Write a code of two letters such as DE.")


class MomentField(forms.SplitDateTimeField):
    """A day, and a time where it is known; without one the day counts from its first minute: no clock starts late."""

    def __init__(self, *, label: str, **options):
        widget = forms.SplitDateTimeWidget(
            date_format="%Y-%m-%d",
            time_format="%H:%M",
            date_attrs={"type": "date", "aria-label": f"{label}: day"},
            time_attrs={"type": "time", "aria-label": f"{label}: time, if it is known"},
        )
        super().__init__(label=label, required=False, require_all_fields=False, widget=widget, **options)
        for part in self.fields:
            part.required = False

    def compress(self, parts: list[date | time | None]) -> datetime | None:
        day, moment = parts or (None, None)
        return super().compress([day, moment or time.min]) if day or moment else None


class IdentifiersForm(forms.Form):
    """How the vendors know the person, each value as typed."""

    email = forms.CharField(label="E-mail address", required=False, strip=False)
    customer_id = forms.CharField(label="Customer id", required=False, strip=False)
    cookie = forms.CharField(label="Cookie", required=False, strip=False)
    device_id = forms.CharField(label="Device id", required=False, strip=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for kind in Kind:
            self.fields[kind].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}
        _ask_on_change(self, Kind, "admin:tickets_deletionticket_check", "already-known")

    @property
    def identifiers(self) -> dict[str, str]:
        """Return the usable ones, even where another one is refused."""
        return {kind.value: self.cleaned_data[kind] for kind in Kind if self.cleaned_data.get(kind)}

    @property
    def has_capitals(self) -> bool:
        """Tell whether the address is written with capitals, which a vendor may tell apart."""
        address = self.identifiers.get(Kind.EMAIL, "")
        return address != address.lower()

    def clean(self) -> None:
        for kind in Kind:
            self.cleaned_data[kind] = trim(self.cleaned_data.get(kind, ""))
            if self.cleaned_data[kind]:
                self._refuse_unusable(kind)

    def _refuse_unusable(self, kind: Kind) -> None:
        try:
            normalise(kind, self.cleaned_data[kind])
        except InvalidIdentifier as error:
            self.add_error(kind, str(error))


class ClockForm(forms.Form):
    """When the request came in, and under which law its clock runs."""

    received_at = MomentField(
        label="Received",
        help_text="The clock starts here. Left empty, it starts now and the ticket says that the date was assumed.",
    )
    regime = forms.ChoiceField(label="Regime", choices=Regime.choices)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["regime"].initial = settings.DEFAULT_REGIME
        _ask_on_change(self, ["received_at", "regime"], "admin:tickets_deletionticket_due", "due-date")

    def due_at(self, at: datetime) -> datetime:
        """Return the due date of what stands in the form so far; what is missing or wrong counts as left empty."""
        known = self.cleaned_data if self.is_valid() or self.is_bound else {}
        return due_at(known.get("regime") or settings.DEFAULT_REGIME, known.get("received_at") or at)


class OpeningForm(IdentifiersForm, ClockForm):
    """Everything that is known of a request. Where something is known already, the form comes back to be confirmed."""

    requested_at = forms.DateField(
        label="Asked on",
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Only if it differs from the day of receipt.",
    )
    channel = forms.ChoiceField(label="Came by", required=False, choices=[("", "Not known"), *Channel.choices])
    requester = forms.ChoiceField(label="Asked by", choices=Requester.choices, initial=Requester.SELF)
    urgent = forms.BooleanField(label="Urgent: goes first wherever there is a queue", required=False)
    external_ref = forms.CharField(
        label="Reference elsewhere",
        required=False,
        max_length=DeletionTicket._meta.get_field("external_ref").max_length,
        validators=[_plain_reference],
        help_text="A case number of your helpdesk. Shown in clear: no names, no addresses.",
    )
    language = forms.CharField(
        label="Language",
        required=False,
        max_length=DeletionTicket._meta.get_field("language").max_length,
        validators=[_language_tag],
        help_text="Of the answers to the person, such as de or pt-BR.",
    )
    country = forms.CharField(
        label="Country", required=False, validators=[_country_code], help_text="Two letters, such as DE."
    )
    identity_basis = forms.ChoiceField(
        label="How was identity checked?",
        widget=forms.RadioSelect,
        initial=IdentityBasis.ASKED,
        choices=[
            (basis.value, format_html("<span><strong>{}.</strong> {}</span>", basis.label, meaning))
            for basis, meaning in _BASES.items()
        ],
    )
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=NOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Sealed under the ticket's own key.",
    )
    original_request = forms.CharField(
        label="The original request",
        required=False,
        max_length=REQUEST_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The person's own words, where they may matter later. Sealed under the ticket's own key.",
    )
    confirmed = forms.CharField(required=False)

    def is_confirmed(self, findings: Findings) -> bool:
        """Tell whether the sender has seen exactly these findings; none need no confirmation."""
        return not findings or self.cleaned_data["confirmed"] == findings.fingerprint

    def request(self) -> Request:
        """Return the wish that a valid form states."""
        data = self.cleaned_data
        return Request(
            identifiers=self.identifiers,
            identity_basis=data["identity_basis"],
            requested_at=_first_minute(data["requested_at"]),
            received_at=data["received_at"],
            regime=data["regime"],
            channel=data["channel"],
            urgent=data["urgent"],
            external_ref=data["external_ref"],
            language=data["language"],
            country=data["country"].upper(),
            requester=data["requester"],
            note=data["note"],
            original_request=data["original_request"],
        )


def _ask_on_change(form: forms.Form, names: Iterable[str], view: str, target: str) -> None:
    """Let check.js post these fields to a view and put its answer into the element named ``target``."""
    for name in names:
        form.fields[name].widget.attrs |= {"data-check-url": reverse(view), "data-check-target": target}


def _first_minute(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None
