"""Export and import: the documents of a database, with the times of their last change."""

from __future__ import annotations

import pathlib

from local.firestore import wire
from local.firestore.database import Database
from local.firestore.documents import Document
from local.firestore.export_files import read_export, write_export
from local.firestore.service import FirestoreService


def export_database(database: Database, folder: pathlib.Path) -> None:
    """Write the documents of this moment; raises OSError."""
    documents = database.store.documents_below("")
    write_export(
        folder, database.name, (found.message().SerializeToString() for found in documents)
    )


def import_export(service: FirestoreService, metadata_file: pathlib.Path) -> int:
    """Put an export into the database that it came from, past rules and locks.

    Documents that are there stay, unless they are in the export. Returns how many are imported;
    raises BrokenExport, and then nothing is.
    """
    export = read_export(metadata_file)
    documents = [_document(record) for record in export.records]
    service.database(export.database).put_imported(documents)
    return len(documents)


def _document(record: bytes) -> Document:
    message = wire.Document.FromString(record)
    return Document(
        message.name,
        dict(message.fields),
        wire.microseconds(message.create_time),
        wire.microseconds(message.update_time),
    )
