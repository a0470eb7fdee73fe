"""The form that takes a file of requests."""

from django import forms
from django.core.files.uploadedfile import UploadedFile

from apps.tickets.csv_lines import FileError, decode
from apps.tickets.models.ticket import IdentityBasis

LARGEST_FILE = 20 * 1024 * 1024
NO_FILE = "No file arrived. Choose a CSV file of at most 20 MB."


class UploadForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        error_messages={"required": NO_FILE, "empty": "The file is empty."},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
        help_text="UTF-8, at most 20 MB; comma, semicolon or tab. It is kept encrypted until its rows are opened.",
    )
    identity_basis = forms.ChoiceField(
        label="How was identity checked, where a row does not say it?",
        choices=IdentityBasis.choices,
        initial=IdentityBasis.ASKED,
        help_text="Whoever states that identity was checked counts as its verifier, and cannot approve these tickets.",
    )

    def clean_file(self) -> str:
        """Return the text of the file."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(NO_FILE)
        try:
            return decode(file.read())
        except FileError as error:
            raise forms.ValidationError(str(error)) from None
