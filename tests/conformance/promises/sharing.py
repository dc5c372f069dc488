"""Access that is given is listed, and access that is taken away is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from connectors.contract import Audience, Grant, Shares
from connectors.errors import ConfigInvalid, NotFound, Rejected
from connectors.paging import walk
from tests.conformance.promises.base import Promises, having
from tests.conformance.subject import Known, Opened, Subject


class Sharing(Promises):
    def test_rights_and_audiences_are_named_for_people(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Shares)
        rights = opened.traits.rights
        assert all(right.label and right.help for right in rights)
        names = {right.name for right in rights}
        assert 0 < len(names) == len(rights)
        found = list(walk(partial(opened.audiences, known.shareable)))
        assert known.audience in {one.id for one in found}
        assert len({one.id for one in found}) == len(found)
        assert all(one.label and set(one.rights) <= names and one.rights for one in found)

    def test_what_is_shared_is_listed_once_until_it_is_revoked(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Shares)
        _revoked(opened, known)
        right = _audience(opened, known).rights[0]
        before = opened.grants(known.shareable)
        assert not _of(before, known)
        made = opened.share(known.shareable, known.audience, [right])
        again = opened.share(known.shareable, known.audience, [right])
        (listed,) = _of(service.open().grants(known.shareable), known)
        assert made.id == again.id == listed.id
        assert (listed.rights, listed.node) == ((right,), known.shareable)
        opened.revoke(known.shareable, listed.id)
        assert opened.grants(known.shareable) == before
        opened.revoke(known.shareable, listed.id)

    def test_to_share_again_is_to_change(self, service: Subject, known: Known) -> None:
        opened = having(service, Shares)
        rights = _audience(opened, known).rights
        for right in rights:
            opened.share(known.shareable, known.audience, [right])
            (grant,) = _of(opened.grants(known.shareable), known)
            assert grant.rights == (right,)
        if opened.traits.rights_combine:
            grant = opened.share(known.shareable, known.audience, rights)
            assert set(grant.rights) == set(rights)
        _revoked(opened, known)

    def test_several_rights_at_once_only_where_the_platform_combines_them(
        self, service: Subject, known: Known
    ) -> None:
        opened = having(service, Shares)
        rights = _audience(opened, known).rights
        if opened.traits.rights_combine or len(rights) < 2:
            return
        _refused(opened, known, "rights", rights=rights)

    @pytest.mark.parametrize("rights", [["no-such-right"], [], [""], ["\r\nx"]])
    def test_unknown_rights_are_refused(
        self, service: Subject, known: Known, rights: list[str]
    ) -> None:
        _refused(having(service, Shares), known, "rights", rights=rights)

    @pytest.mark.parametrize("audience", ["nobody-of-that-name", "", "../x", "a?b#c"])
    def test_an_unknown_audience_is_refused(
        self, service: Subject, known: Known, audience: str
    ) -> None:
        opened = having(service, Shares)
        right = _audience(opened, known).rights[0]
        _refused(opened, known, "audience", audience=audience, rights=[right])

    def test_an_end_is_kept_or_refused(self, service: Subject, known: Known) -> None:
        opened = having(service, Shares)
        rights = _audience(opened, known).rights[:1]
        now = datetime.now(UTC)
        _refused(opened, known, "until", rights=rights, until=now - timedelta(hours=1))
        end = now + timedelta(days=3)
        if not opened.traits.grants_expire:
            _refused(opened, known, "until", rights=rights, until=end)
            return
        opened.share(known.shareable, known.audience, rights, end)
        (grant,) = _of(opened.grants(known.shareable), known)
        assert grant.until is not None
        assert abs(grant.until - end) < timedelta(minutes=1)
        _revoked(opened, known)

    def test_a_missing_node_has_no_grants(self, service: Subject, known: Known) -> None:
        opened = having(service, Shares)
        for verb in (opened.grants, opened.audiences):
            with pytest.raises(NotFound):
                verb(known.missing)


def _audience(opened: Opened, known: Known) -> Audience:
    found = walk(partial(opened.audiences, known.shareable))
    return next(one for one in found if one.id == known.audience)


def _of(grants: tuple[Grant, ...], known: Known) -> list[Grant]:
    return [grant for grant in grants if grant.audience.id == known.audience]


def _revoked(opened: Opened, known: Known) -> None:
    for grant in _of(opened.grants(known.shareable), known):
        opened.revoke(known.shareable, grant.id)


def _refused(
    opened: Opened,
    known: Known,
    field: str,
    *,
    audience: str | None = None,
    rights: list[str] | tuple[str, ...],
    until: datetime | None = None,
) -> None:
    before = opened.grants(known.shareable)
    who = known.audience if audience is None else audience
    with pytest.raises((Rejected, ConfigInvalid)) as refused:
        opened.share(known.shareable, who, rights, until)
    assert field in getattr(refused.value, "fields", {})
    assert opened.grants(known.shareable) == before
