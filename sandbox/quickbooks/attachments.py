"""Uploads, and the printed form of a transaction."""

import base64
import json
from typing import Any

from starlette.datastructures import FormData, UploadFile

from sandbox.quickbooks.books import Books
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.schema import SCHEMA


def attach_upload(books: Books, realm: str, form: FormData) -> dict[str, Any]:
    """Keeps the metadata of an uploaded file; of its content only the size."""
    content, described = form.get("file_content_01"), form.get("file_metadata_01")
    if not isinstance(content, UploadFile):
        raise Fault("2020", "file_content_01", element="file_content_01")
    body = described_as(described)
    body.setdefault("FileName", content.filename)
    body.setdefault("ContentType", content.content_type)
    entity = SCHEMA.entities["Attachable"]
    made = books.create(realm, entity, body)
    stored = books.existing(realm, entity, made["Id"])
    extra = {"Size": content.size or 0, "FileAccessUri": f"/v3/company/{realm}/download/{made['Id']}"}
    books.revise(stored, {**stored.doc, **extra}, quietly=True)
    return books.read(realm, entity, made["Id"])


def described_as(part: Any) -> dict[str, Any]:
    if part is None:
        return {}
    text = part.file.read().decode() if isinstance(part, UploadFile) else str(part)
    try:
        found: dict[str, Any] = json.loads(text)
    except ValueError:
        try:
            found = json.loads(base64.b64decode(text))
        except ValueError:
            raise Fault("2010", "failed to parse json object; file_metadata_01") from None
    return found


def pdf_of(name: str, record: dict[str, Any]) -> bytes:
    """A one-page PDF that names the transaction and its total."""
    line = f"{name} {record.get('DocNumber', record['Id'])} {record.get('TotalAmt', '')}"
    safe = line.encode("latin-1", "replace").replace(b"\\", b"").replace(b"(", b"[").replace(b")", b"]")
    stream = b"BT /F1 14 Tf 72 720 Td (" + safe + b") Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", list[int]()
    for index, part in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (index, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + head + table + tail
