"""Files: what was put is what is got, whatever it is called; and gone is gone."""

from __future__ import annotations

import hashlib
from functools import partial

import pytest

from connectors.contract import Downloads, NodeId, Uploads, powers
from connectors.errors import BadAnswer, NotFound, Rejected, Unavailable
from connectors.paging import walk
from tests.conformance.faults import FaultProxy, halved
from tests.conformance.promises.base import Promises, having
from tests.conformance.subject import Known, Opened, Subject
from tests.conformance.uploads import Watched, upload

ODD = [
    "Zähler №7 + 50 % #1 ?&='.csv",
    '<img src=x onerror="x">.csv',
    ".hidden;v=1",
    "\u202etxt.exe",
]
PIECE = 2**20
"""Bytes that may be taken from an upload at once."""


class Files(Promises):
    def test_a_file_is_given_whole(self, service: Subject, known: Known) -> None:
        opened = having(service, Downloads)
        with opened.open(known.file) as file:
            content = b"".join(file)
            assert file.size in (None, len(content))
        assert hashlib.sha256(content).hexdigest() == known.digest
        assert opened.node(known.file).role == "file"

    def test_a_missing_file_is_not_found_when_it_is_opened(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Downloads)
        for node in (known.missing, known.folder, NodeId("../../etc/passwd")):
            with pytest.raises(NotFound):
                opened.open(node)

    def test_half_a_file_is_never_taken_for_a_whole_one(
        self, service: Subject, known: Known, proxy: FaultProxy
    ) -> None:
        having(service, Downloads)
        opened = service.open(proxy.url)
        with proxy.failing(halved), opened.open(known.file) as file:
            if file.size is None:
                pytest.skip("exempt: the platform tells no sizes, so nobody can know")
            with pytest.raises((Unavailable, BadAnswer)):
                list(file)

    def test_closing_a_file_early_frees_its_sockets(
        self, service: Subject, known: Known, proxy: FaultProxy
    ) -> None:
        having(service, Downloads)
        opened = service.open(proxy.url)
        with opened.open(known.file) as file:
            next(iter(file))
        opened.open(known.file).close()  # not a byte taken
        with opened:
            pass
        assert proxy.idle()
        assert opened.sockets
        assert all(sock.fileno() == -1 for sock in opened.sockets)

    @pytest.mark.parametrize("name", ["plain.csv", *ODD])
    def test_what_was_uploaded_is_what_is_downloaded(
        self, service: Subject, known: Known, name: str
    ) -> None:
        opened = having(service, Uploads)
        content = bytes(range(256)) * 4_000
        made = opened.put(known.inbox, upload(name, content))
        assert (made.name, made.role, made.parent) == (name, "file", known.inbox)
        listed = walk(partial(opened.children, known.inbox))
        assert [node.name for node in listed if node.id == made.id] == [name]
        _is(opened, made.id, name, content)

    def test_an_empty_file_is_a_file(self, service: Subject, known: Known) -> None:
        opened = having(service, Uploads)
        _is(opened, opened.put(known.inbox, upload("empty.csv", b"")).id, "empty.csv", b"")

    def test_a_name_that_is_taken_is_replaced_or_refused(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Uploads)
        opened.put(known.inbox, upload("twice.csv", b"first"))
        refused = Rejected("")
        made = None
        try:
            made = opened.put(known.inbox, upload("twice.csv", b"second"))
        except Rejected as wrong:
            refused = wrong
        if made is None:
            assert "name" in refused.fields
        else:
            _is(opened, made.id, "twice.csv", b"second")

    @pytest.mark.parametrize("name", ["", ".", "..", "../up.csv", "/etc/passwd", "a\r\nb", "\x00"])
    def test_a_name_that_could_lead_elsewhere_is_refused(
        self, service: Subject, known: Known, name: str
    ) -> None:
        opened = having(service, Uploads)
        with pytest.raises(Rejected) as refused:
            opened.put(known.inbox, upload(name, b"x"))
        assert "name" in refused.value.fields

    def test_nothing_is_put_into_a_missing_folder(self, service: Subject, known: Known) -> None:
        opened = having(service, Uploads)
        with pytest.raises(NotFound):
            opened.put(known.missing, upload("a.csv", b"x"))

    def test_an_upload_is_read_in_pieces(self, service: Subject, known: Known) -> None:
        opened = having(service, Uploads)
        content = Watched(b"0123456789abcdef" * 2**18)
        opened.put(known.inbox, upload("big.bin", content))
        assert content.largest <= PIECE

    def test_an_upload_starts_where_its_content_stands(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Uploads)
        content = Watched(b"skipped,kept")
        content.seek(8)
        _is(opened, opened.put(known.inbox, upload("rest.csv", content)).id, "rest.csv", b"kept")

    def test_a_deleted_file_is_gone(self, service: Subject, known: Known) -> None:
        opened = having(service, Uploads)
        made = opened.put(known.inbox, upload("short-lived.csv", b"x")).id
        opened.delete(made)
        assert made not in {node.id for node in walk(partial(opened.children, known.inbox))}
        for verb in (opened.node, opened.delete):
            with pytest.raises(NotFound):
                verb(made)


def _is(opened: Opened, id: NodeId, name: str, content: bytes) -> None:
    if Downloads not in powers(type(opened)):
        return
    with opened.open(id) as file:
        assert file.name == name
        assert b"".join(file) == content
