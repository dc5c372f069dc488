"""The socket, and the two ways of calling in parallel."""

from collections.abc import Callable
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

import flowthings
import gevent
import gevent.pool
from flowthings import mem
from flowthings.services import WebSocketClient
from flowthings_stage import NOWHERE, Stage

Forbidden = flowthings.FlowThingsForbidden
Missing = flowthings.FlowThingsNotFound
WAIT = 10.0  # seconds until something that has to come is given up
SOON = 1.0  # seconds within which a drop must reach a subscriber
NEVER = 0.7  # seconds in which nothing must come


def judge_live(stage: Stage) -> None:
    """All of it."""
    _sockets(stage)
    _queues(stage)
    _thunks(stage)


class Line:
    """One open socket of the client, run by a thread of its own."""

    def __init__(self, stage: Stage) -> None:
        self.came: Queue[tuple[str, Any]] = Queue()
        self.opened, self.closed = Event(), Event()
        self.socket = stage.api().websocket.connect(
            on_open=lambda _ws: self.opened.set(),
            on_message=lambda _ws, resource, value: self.came.put((resource, value)),
            on_close=lambda _ws: self.closed.set(),
            on_error=lambda _ws, _error: None,
        )
        self.thread = Thread(target=self.socket.run, daemon=True)

    def __enter__(self) -> "Line":
        self.thread.start()
        assert self.opened.wait(WAIT)
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket._app.close()
        self.thread.join(WAIT)

    def asked(self, call: Callable[[Callable[[Any, Any], None]], Any]) -> Any:
        """What the callback of a call was given."""
        replies: Queue[Any] = Queue()
        call(lambda _ws, body: replies.put(body))
        return replies.get(timeout=WAIT)

    def next(self, seconds: float) -> Any:
        """The next message; None when none comes in time."""
        try:
            return self.came.get(timeout=seconds)
        except Empty:
            return None


def _sockets(stage: Stage) -> None:
    api, judge = stage.api(), stage.judge
    flow = api.flow.create({"path": "/admin/judge/live"})
    drop = api.drop(flow["id"])
    judge.right("WebSocketService.connect", api.websocket.connect,
                lambda made: isinstance(made, WebSocketClient))  # fmt: skip
    judge.wrong("WebSocketService.connect", lambda: stage.api(token="no").websocket.connect(),
                raises=Forbidden)  # fmt: skip
    judge.right("WebSocketService.request", lambda: api.websocket.request("POST"),
                lambda body: body["id"])  # fmt: skip
    judge.wrong("WebSocketService.request", lambda: api.websocket.request("GET", "/x/polling"),
                raises=Missing)  # fmt: skip
    judge.right("WebSocketService.raw_request", lambda: api.websocket.raw_request("POST"),
                lambda found: found[2] == 201)  # fmt: skip
    judge.wrong("WebSocketService.raw_request", lambda: api.websocket.raw_request("GET"),
                lambda found: found[2] == 405 and '"ok": false' in found[0])  # fmt: skip
    judge.right("WebSocketClient.run", lambda: _open_and_close(stage), lambda closed: closed)
    judge.wrong("WebSocketClient.run", lambda: _run_nowhere(stage),
                lambda errors: "404" in str(errors[0]))  # fmt: skip
    with Line(stage) as line:
        _subscribing(stage, line, drop, flow)
        _sending(stage, line, flow)


def _open_and_close(stage: Stage) -> bool:
    with Line(stage) as line:
        assert not line.closed.is_set()
    return line.closed.wait(WAIT)


def _run_nowhere(stage: Stage) -> list[Any]:
    errors: list[Any] = []
    address = f"ws://{stage.host}/session/nobody/ws"
    api = stage.api()
    client = WebSocketClient(address, api.websocket._encoder,
                             on_error=lambda _ws, error: errors.append(error))  # fmt: skip
    client.run()
    return errors


def _subscribing(stage: Stage, line: Line, drop: Any, flow: Any) -> None:
    judge, send = stage.judge, line.socket

    def pushed(value: int) -> Any:
        drop.create({"elems": {"a": value}})
        return line.next(SOON)

    for number, resource in enumerate((flow["id"], flow["path"])):
        subscribe = lambda r=resource: line.asked(lambda back: send.subscribe(r, back))  # noqa: E731
        leave = lambda r=resource: line.asked(lambda back: send.unsubscribe(r, back))  # noqa: E731
        judge.right("WebSocketClient.subscribe", lambda s=subscribe, n=number: (s(), pushed(n)),
                    lambda found, r=resource, n=number: found[0] == {} and found[1][0] == r
                    and found[1][1]["elems"] == {"a": n}
                    and found[1][1]["flowId"] == flow["id"])  # fmt: skip
        judge.right("WebSocketClient.unsubscribe",
                    lambda u=leave: (u(), drop.create({"elems": {}}), line.next(NEVER)),
                    lambda found: found[0] == {} and found[2] is None)  # fmt: skip
    judge.wrong(
        "WebSocketClient.subscribe",
        lambda: line.asked(lambda back: send.subscribe(NOWHERE, back)),
        lambda body: body == {},
    )  # fmt: skip  (refused: the client hides `ok`, section 6)
    judge.wrong("WebSocketClient.subscribe", lambda: send.subscribe(""), raises=IndexError)
    judge.wrong("WebSocketClient.unsubscribe", lambda: send.unsubscribe(""), raises=IndexError)
    judge.wrong("WebSocketClient.unsubscribe",
                lambda: line.asked(lambda back: send.unsubscribe(NOWHERE, back)),
                lambda body: body == {})  # fmt: skip


def _sending(stage: Stage, line: Line, flow: Any) -> None:
    judge, api = stage.judge, stage.api()
    name = "WebSocketClient.send"

    def sent(kind: str, **fields: Any) -> Any:
        frame = {"type": kind, "object": "drop", "flowId": flow["id"], **fields}
        return line.asked(lambda back: line.socket.send(frame, back))

    made = judge.right(name, lambda: sent("create", value={"elems": {"s": 1}}),
                       lambda body: body["elems"] == {"s": 1})  # fmt: skip
    ident = made["id"]
    judge.right(name, lambda: sent("find", id=ident), lambda body: body["id"] == ident)
    judge.right(name, lambda: sent("findmany", options={"filter": "s == 1", "only": "id"}),
                lambda body: body == [{"id": ident}])  # fmt: skip
    judge.right(name, lambda: sent("update", id=ident, value={"elems": {"s": 2}}),
                lambda _body: api.drop(flow["id"]).read(ident)["elems"] == {"s": 2})  # fmt: skip
    judge.right(name, lambda: sent("delete", id=ident),
                lambda _body: api.drop(flow["id"]).read_or_else(ident) is None)  # fmt: skip
    judge.right(name, lambda: sent("heartbeat"), lambda body: body == {})
    judge.wrong(name, lambda: sent("find", id=ident), lambda body: body == {})
    judge.wrong(name, lambda: line.socket.send({"type": {1, 2}}), raises=TypeError)


def _queues(stage: Stage) -> None:
    """The published name of the method is a keyword."""
    judge, api = stage.judge, stage.api(async_lib=gevent)
    queue = lambda: getattr(api, "async")(gevent.pool.Pool())  # noqa: E731
    judge.right("API.async", queue, lambda made: type(made) is flowthings.api.AsyncAPI)
    judge.wrong("API.async", lambda: getattr(stage.api(), "async")(), raises=NotImplementedError)
    judge.broken("API.async", lambda: getattr(api, "async")(), raises=AttributeError, section="8")
    ids = [flow["id"] for flow in api.flow.find(limit=50)]

    def fifty(*, broken: bool = False) -> Any:
        queued = queue()
        for place, ident in enumerate(ids):
            queued.flow.find(NOWHERE if broken and place == 3 else ident, only="id")
        return queued.results(with_exceptions=broken)

    judge.right("AsyncAPI.results", fifty, lambda found: [each["id"] for each in found] == ids)
    judge.right("AsyncAPI.results", lambda: fifty(broken=True),
                lambda found: type(found[3][0]) is Missing
                and [pair[1]["id"] for pair in found if pair[1]] == ids[:3] + ids[4:])  # fmt: skip

    def failing() -> Any:
        queued = queue()
        queued.flow.find(NOWHERE)
        return queued.results()

    judge.wrong("AsyncAPI.results", failing, raises=Missing)
    judge.right("AsyncAPI.request", lambda: queue().request("GET", "/flow").get(),
                lambda found: len(found) == 20)  # fmt: skip
    judge.wrong("AsyncAPI.request", lambda: queue().request("GET", "/x").get(), raises=Missing)


def _thunks(stage: Stage) -> None:
    judge, api = stage.judge, stage.api(async_lib=gevent)
    lazy = lambda: api.lazy(gevent.pool.Pool())  # noqa: E731
    judge.right("API.lazy", lazy, lambda made: type(made) is flowthings.api.LazyAPI)
    judge.wrong("API.lazy", lambda: stage.api().lazy(), raises=NotImplementedError)
    judge.broken("API.lazy", lambda: api.lazy(), raises=AttributeError, section="8")
    path = "/admin/judge/filters"

    def dependent() -> Any:
        calls = lazy()
        flows = calls.flow.find(mem.path == path)
        return calls.drop(flows[0]["id"]).find(order="asc")

    judge.right("GreenThunk.unwrap", lambda: dependent().unwrap(),
                lambda drops: [drop["elems"]["n"] for drop in drops] == [1, 2, 3])  # fmt: skip
    judge.wrong("GreenThunk.unwrap", lambda: lazy().flow.read(NOWHERE).unwrap(), raises=Missing)

    def forced() -> Any:
        thunk = lazy().flow.find(mem.path == path)
        thunk.force()
        return len(thunk), thunk[0]["path"], [each["path"] for each in thunk]

    judge.right("GreenThunk.force", forced, lambda found: found == (1, path, [path]))
    judge.wrong("GreenThunk.force", lambda: lazy().flow.read(NOWHERE).force(), raises=Missing)
    judge.right("LazyAPI.request", lambda: lazy().request("GET", "/flow").unwrap(),
                lambda found: len(found) == 20)  # fmt: skip
    judge.wrong("LazyAPI.request", lambda: lazy().request("GET", "/x").unwrap(), raises=Missing)
