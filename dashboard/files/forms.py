"""The form of one file."""

from __future__ import annotations

from django import forms

from connectors.errors import Rejected


class UploadForm(forms.Form):
    """A file to be put into a folder."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        max_length=255,
        error_messages={"required": "Choose a file first."},
    )

    def tell(self, refused: Rejected) -> None:
        """All that the platform may say is about the one file."""
        for message in dict.fromkeys(refused.fields.values()) or [refused.message]:
            self.add_error("file", message)
