"""A published file as an HTTP answer: whole, or the range a broken-off download asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from dashboard.exports.models import File

CHUNK = 262_144
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes `[start, end)` of a file."""

    start: int
    end: int


def answer(request: HttpRequest, file: File) -> HttpResponseBase:
    """200, 206 for one range (RFC 9110, section 14), 304 for what the browser has, 416."""
    etag = f'"{file.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        return _headed(HttpResponse(status=304), file)
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        wanted = ""
    found = RANGE.fullmatch(wanted)
    if found is None or found[0] == "bytes=-":  # none, several or unknown units: the whole file
        return _stream(file, Span(0, file.bytes), status=200)
    span = _span(found[1], found[2], file.bytes)
    if span is None:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{file.bytes}"
        return refused
    part = _stream(file, span, status=206)
    part["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{file.bytes}"
    return part


def _span(first: str, last: str, size: int) -> Span | None:
    """The range, cut to the file; None when it lies outside."""
    start = int(first) if first else max(0, size - int(last))
    end = min(size, int(last) + 1) if first and last else size
    return Span(start, end) if start < end else None


def _stream(file: File, span: Span, *, status: int) -> HttpResponseBase:
    try:
        stream = cast(BinaryIO, default_storage.open(file.file, "rb"))
    except FileNotFoundError:
        raise Http404("The file is not in Tieline's storage any more.") from None
    body = StreamingHttpResponse(_Chunks(stream, span), content_type=file.type, status=status)
    body["Content-Length"] = str(span.end - span.start)
    return _headed(body, file)


def _headed(body: HttpResponseBase, file: File) -> HttpResponseBase:
    body["ETag"] = f'"{file.sha256}"'
    body["Accept-Ranges"] = "bytes"
    body["Cache-Control"] = "private, no-cache"
    body["Content-Disposition"] = str(content_disposition_header(True, file.name))  # noqa: FBT003
    return body


class _Chunks:
    """The bytes of a span. Closed by the answer, also when nobody reads the first of them, which
    would leave a generator's `with` unentered and the file open."""

    def __init__(self, stream: BinaryIO, span: Span) -> None:
        stream.seek(span.start)
        self.stream, self.left = stream, span.end - span.start

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self.stream.read(min(CHUNK, self.left))
        if not chunk:
            raise StopIteration
        self.left -= len(chunk)
        return chunk

    def close(self) -> None:
        self.stream.close()
