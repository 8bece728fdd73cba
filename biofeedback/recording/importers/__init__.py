"""Other people's recordings become entries: packets of imported samples, like any other."""

from __future__ import annotations

from biofeedback.recording.importers.entries import Imported, import_entries, imported_from
from biofeedback.recording.importers.mapping import ImportRequest, parse_request
from biofeedback.recording.importers.streams import ImportedStream

__all__ = [
    "ImportRequest",
    "Imported",
    "ImportedStream",
    "import_entries",
    "imported_from",
    "parse_request",
]
