"""What only some kinds of object do: devices, tasks, tokens, shares and identities."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from connectors.errors import Forbidden, NotFound, Rejected
from connectors.sandbox.accounts import MEMBER
from tests.conformance.sandbox_flowthings import Bare
from tests.functions.flowthings.kinds import KINDS, PLAYGROUND, key, make, person
from tests.functions.flowthings.shared import (
    NOWHERE,
    Ours,
    asked,
    assert_shown,
    fresh,
    limited,
)
from tests.sandbox.server import SandboxServer


@pytest.mark.covers("flowthings.track.find_many")
def test_tracks_are_found_by_their_source(ours: Ours, bare: Bare) -> None:
    source = bare("POST", "/flow", {"path": f"/admin/{fresh('source')}"})["path"]
    ours.do("track.create", source=source, destination=["/admin/alarms"])
    (found,) = ours.rows("track.find_many", filter=[f"source == '{source}'"])
    assert found["source"] == source


@pytest.mark.covers("flowthings.api_task.create")
def test_a_period_below_a_minute_is_refused(ours: Ours) -> None:
    with pytest.raises(Rejected) as refused:
        ours.do("api_task.create", destination=PLAYGROUND, js="f", periodicity=59_999)
    assert "periodicity" in refused.value.fields


@pytest.mark.covers("flowthings.mqtt_task.create")
@pytest.mark.parametrize("ends", [{}, {"source": PLAYGROUND, "destination": PLAYGROUND}])
def test_a_bridge_has_exactly_one_end_on_the_platform(ours: Ours, ends: dict[str, str]) -> None:
    with pytest.raises(Rejected, match="Exactly one"):
        ours.do("mqtt_task.create", uri="tcp://broker.example:1883", topic="a", **ends)


@pytest.mark.covers("flowthings.device.create")
def test_a_device_comes_with_its_token_and_its_flows(ours: Ours, bare: Bare) -> None:
    path = f"/admin/devices/{fresh('box')}"
    record = ours.do("device.create", path=path)
    token = bare("GET", f"/token/{record.fields['tokenId']}")
    assert path in token["paths"]
    flows = bare("GET", "/flow", filter=f"path =~ /^{path.replace('/', chr(92) + '/')}/")
    assert len(flows) == len(token["paths"])


@pytest.mark.covers("flowthings.mqtt_task.update")
def test_the_password_of_a_bridge_is_never_shown(ours: Ours, bare: Bare) -> None:
    made = make(ours, bare, "mqtt_task")
    record = ours.do("mqtt_task.update", id=made, password="another-secret")
    assert "password" not in record.fields
    assert "secret" not in str(ours.rows("mqtt_task.find", id=made))


@pytest.mark.covers("flowthings.flow.delete")
def test_the_drops_of_a_deleted_flow_are_gone(ours: Ours, bare: Bare) -> None:
    made = make(ours, bare, "flow")
    bare("POST", f"/drop/{made}", {"elems": {"n": 2}})
    ours.do("flow.delete", id=made)
    assert bare("GET", f"/drop/{made}") == 404


@pytest.mark.covers("flowthings.track.delete")
def test_a_deleted_track_carries_no_more_drops(ours: Ours, bare: Bare) -> None:
    source, target = bare.flow(fresh("from")), bare.flow(fresh("to"))
    ends = [bare("GET", f"/flow/{one}")["path"] for one in (source, target)]
    track = key(ours.do("track.create", source=ends[0], destination=[ends[1]]))
    bare("POST", f"/drop/{source}", {"elems": {"n": 1}})
    assert len(bare.drops(target)) == 1
    ours.do("track.delete", id=track)
    bare("POST", f"/drop/{source}", {"elems": {"n": 2}})
    assert len(bare.drops(target)) == 1


@pytest.mark.covers("flowthings.api_task.delete")
@pytest.mark.covers("flowthings.rss_task.delete")
@pytest.mark.covers("flowthings.mqtt_task.delete")
@pytest.mark.parametrize("name", ["api_task", "rss_task", "mqtt_task"])
def test_what_belongs_to_a_task_goes_with_it(ours: Ours, bare: Bare, name: str) -> None:
    made = make(ours, bare, name)
    report = bare("GET", f"/{KINDS[name].path}/{made}")["reportFlowId"]
    assert bare("GET", f"/flow/{report}")["id"] == report
    ours.do(f"{name}.delete", id=made)
    assert bare("GET", f"/flow/{report}") == 404


@pytest.mark.covers("flowthings.token.create")
def test_a_token_is_told_once_and_does_only_what_it_may(
    server: SandboxServer, ours: Ours, bare: Bare
) -> None:
    inside, outside = bare.flow(fresh("inside")), bare.flow(fresh("outside"))
    path = bare("GET", f"/flow/{inside}")["path"]
    record = ours.do("token.create", paths={path: {"dropRead": True}}, duration=60_000)
    secret = record.fields["tokenString"]
    assert isinstance(secret, SecretStr)
    holder = Bare(server, secret=secret.get_secret_value())
    assert holder.drops(inside) == []
    assert holder("POST", f"/drop/{inside}", {"elems": {"n": 1}}) == 403
    assert holder("GET", f"/drop/{outside}") == 403
    (listed,) = ours.rows("token.find", id=key(record))
    assert 0 < listed["expiresInMs"] <= 60_000
    assert secret.get_secret_value() not in str(listed)


@pytest.mark.covers("flowthings.token.delete")
@pytest.mark.covers("flowthings.share.delete")
def test_access_ends_at_once_and_nothing_offers_to_change_it(
    server: SandboxServer, ours: Ours, bare: Bare
) -> None:
    flow = bare.flow(fresh("given"))
    path = bare("GET", f"/flow/{flow}")["path"]
    token = ours.do("token.create", paths={path: {"dropRead": True}})
    holder = Bare(server, secret=token.fields["tokenString"].get_secret_value())
    share = ours.do("share.create", paths={path: {"dropRead": True}},
                    issued_to=person(bare, MEMBER.slug))  # fmt: skip
    member = Bare(server, MEMBER)
    assert (holder.drops(flow), member.drops(flow)) == ([], [])
    ours.do("token.delete", id=key(token))
    ours.do("share.delete", id=key(share))
    assert holder("GET", f"/drop/{flow}") == 403
    assert member("GET", f"/drop/{flow}") == 404
    offered = {f"{name}.{verb}" for name in ("token", "share") for verb in ("update", "save")}
    assert not offered & set(ours._named)


@pytest.mark.covers("flowthings.share.create")
def test_a_share_reaches_paths_and_sub_paths_with_just_its_rights(
    server: SandboxServer, ours: Ours, bare: Bare
) -> None:
    top = fresh("top")
    above, below = bare.flow(top), bare.flow(f"{top}/below")
    beside = bare.flow(f"{top}beside")
    ours.do("share.create", paths={f"/admin/{top}": {"dropRead": True}},
            issued_to=person(bare, MEMBER.slug))  # fmt: skip
    member = Bare(server, MEMBER)
    assert (member.drops(above), member.drops(below)) == ([], [])
    assert member("POST", f"/drop/{below}", {"elems": {"n": 1}}) == 403
    assert member("GET", f"/drop/{beside}") == 404


# -- identities, which the platform makes itself


@pytest.mark.covers("flowthings.identity.find_many")
def test_the_caller_comes_first_among_the_identities(ours: Ours, bare: Bare) -> None:
    found = ours.rows("identity.find_many")
    assert found[0]["name"] == "admin"
    assert {row["id"] for row in found} == {row["id"] for row in bare("GET", "/identity")}


@pytest.mark.covers("flowthings.identity.find")
@pytest.mark.covers("flowthings.identity.read")
@pytest.mark.covers("flowthings.identity.read_many")
@pytest.mark.covers("flowthings.identity.read_or_else")
def test_identities_are_found_in_every_form(
    server: SandboxServer, ours: Ours, bare: Bare, wire: pytest.LogCaptureFixture
) -> None:
    me, other = person(bare, "admin"), person(bare, MEMBER.slug)
    wire.clear()
    assert [row["id"] for row in ours.rows("identity.find", id=other)] == [other]
    assert asked(wire) == [f"GET /identity/{other}"]
    assert [row["id"] for row in ours.rows("identity.find", ids=[other, me])] == [other, me]
    assert [row["id"] for row in ours.rows("identity.read_many", ids=[me])] == [me]
    assert asked(wire) == ["MGET /identity", "MGET /identity"]
    found = ours.rows("identity.find", filter=[f"name == '{MEMBER.slug}'"])
    assert [row["id"] for row in found] == [other]
    assert len(ours.rows("identity.find")) == len(bare("GET", "/identity"))
    assert ours.do("identity.read", id=me).fields["creationDate"]
    assert isinstance(ours.do("identity.read", id=me).fields["masterToken"], SecretStr)
    nobody = "i" + NOWHERE
    with pytest.raises(NotFound):
        ours.do("identity.read", id=nobody)
    assert ours.do("identity.read_or_else", id=nobody, default="x").fields == {"default": "x"}
    with pytest.raises(Forbidden):
        limited(server).do("identity.read_or_else", id=me, default="x")


@pytest.mark.covers("flowthings.identity.update")
@pytest.mark.covers("flowthings.identity.update_many")
@pytest.mark.covers("flowthings.identity.save")
def test_own_names_change_and_those_of_others_do_not(
    ours: Ours, bare: Bare, wire: pytest.LogCaptureFixture
) -> None:
    me, other = person(bare, "admin"), person(bare, MEMBER.slug)
    name = bare("GET", f"/identity/{me}")["lastName"]
    ours.do("identity.update", id=me, middle_name="Grace")
    stored = bare("GET", f"/identity/{me}")
    assert (stored["middleName"], stored["lastName"]) == ("Grace", name)
    wire.clear()
    (row,) = ours.rows("identity.update_many", changes={me: {"middleName": "Ada"}})
    ours.do("identity.save", id=me, salutation="Dr")
    ours.do("identity.save", many={me: {"icon": "x"}})
    assert asked(wire) == ["MPUT /identity", f"PUT /identity/{me}", "MPUT /identity"]
    stored = bare("GET", f"/identity/{me}")
    assert_shown(row, stored)
    assert (stored["middleName"], stored["salutation"], stored["icon"]) == ("Ada", "Dr", "x")
    for refused in ({"id": other, "first_name": "X"}, {"first_name": "New"}):
        with pytest.raises(Forbidden):
            ours.do("identity.save", **refused)
    assert bare("GET", f"/identity/{other}")["firstName"] != "X"


@pytest.mark.covers("flowthings.identity.create")
@pytest.mark.covers("flowthings.identity.delete")
def test_the_platform_s_refusal_to_make_or_delete_an_identity_is_shown(
    ours: Ours, bare: Bare
) -> None:
    with pytest.raises(Forbidden, match="signing up"):
        ours.do("identity.create", first_name="New")
    with pytest.raises(Forbidden, match="account"):
        ours.do("identity.delete", id=person(bare, "admin"))
    assert person(bare, "admin")
