"""Other people's recordings become entries: packets of imported samples, like any other."""

from __future__ import annotations

from biofeedback.recording.importers.entries import Imported, import_entries, imported_from
from biofeedback.recording.importers.mapping import ImportRequest, parse_request

__all__ = ["ImportRequest", "Imported", "import_entries", "imported_from", "parse_request"]
