"""How messages reach the client of a session: WebSocket, a chunked stream, or long polls."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from connectors.sandbox.flowthings.call import Answer
from connectors.sandbox.flowthings.envelope import body_of, refused, response
from connectors.sandbox.flowthings.frames import handle
from connectors.sandbox.flowthings.problems import Problem, nowhere, wrong
from connectors.sandbox.flowthings.rights import authenticated
from connectors.sandbox.flowthings.sessions import Session
from connectors.sandbox.flowthings.state import State
from connectors.sandbox.flowthings.tracks import catch_up

GONE = 1001  # close code: the session has ended, or another connection took it over
MOST_FRAMES = 1000  # in one request; guess


def open_session(state: State, headers: Mapping[str, str]) -> Answer:
    """`POST /session`: the account must be in a header, since the path has none."""
    actor = authenticated(state, headers, None)
    state.count_call(actor.id)
    session = state.sessions.open(state.new_id("w", state.now()), actor)
    return Answer(body={"id": session.id}, status=201)


def session_of(state: State, identifier: str) -> Session:
    """The session of an address. Raises Problem 404."""
    session = state.sessions.get(identifier)
    if session is None:
        raise nowhere()
    return session


async def over_socket(state: State, socket: WebSocket) -> None:
    """The WebSocket of a session, until either side closes it."""
    try:
        session = session_of(state, socket.path_params["id"])
    except Problem as problem:
        await _denied(socket, problem)
        return
    await socket.accept()
    with session.held() as turn:
        hearing = asyncio.create_task(_hear(state, session, socket))
        telling = asyncio.create_task(_tell(session, turn, socket))
        await asyncio.wait((hearing, telling), return_when=asyncio.FIRST_COMPLETED)
        for task in (hearing, telling):
            task.cancel()
        await asyncio.gather(hearing, telling, return_exceptions=True)
    with suppress(RuntimeError, WebSocketDisconnect):  # the client has closed it already
        await socket.close(GONE)


async def _denied(socket: WebSocket, problem: Problem) -> None:
    if "websocket.http.response" in socket.scope.get("extensions", {}):
        await socket.send_denial_response(response(refused(problem)))
        return
    await socket.close()


async def _hear(state: State, session: Session, socket: WebSocket) -> None:
    """Replies go through the mailbox, so that they keep their order with the messages."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        reply = await run_in_threadpool(
            handle, state, session, message.get("text") or message.get("bytes") or ""
        )
        if reply is not None:
            session.mailbox.post(reply)


async def _tell(session: Session, turn: int, socket: WebSocket) -> None:
    while session.goes_on(turn):
        for text in session.mailbox.take():
            await socket.send_text(text)
        await session.wait(turn)


def over_stream(state: State, request: Request) -> Response:
    """Chunked: a message a line, an empty line when there is long nothing to tell (guess)."""
    session = session_of(state, request.path_params["id"])
    return StreamingResponse(
        _stream(session, state.settings.beat_seconds), media_type="application/json"
    )


async def _stream(session: Session, beat: float) -> AsyncIterator[str]:
    with session.held() as turn:
        while session.goes_on(turn):
            yield "".join(f"{text}\n" for text in session.mailbox.take()) or "\n"
            await session.wait(turn, beat)


async def over_poll(state: State, request: Request) -> Response:
    """One answer: a JSON array of the messages, as soon as there is one."""
    session = session_of(state, request.path_params["id"])
    with session.held() as turn:
        await session.wait(turn, state.settings.poll_seconds)
        found = session.mailbox.take() if session.goes_on(turn) else []
    return Response(f"[{','.join(found)}]", media_type="application/json")


def frames_by_post(state: State, identifier: str, content: bytes) -> Answer:
    """Frames for a session without a socket: one, or a list (guess). Answers the replies."""
    session = session_of(state, identifier)
    given = body_of(content)
    frames: list[Any] = given if isinstance(given, list) else [given]
    if len(frames) > MOST_FRAMES or not all(isinstance(each, dict) for each in frames):
        raise wrong(f"The body must be a frame or a list of at most {MOST_FRAMES}.")
    replies = (handle(state, session, json.dumps(frame)) for frame in frames)
    return Answer(body=[reply for reply in replies if reply is not None])


async def tick(state: State) -> None:
    """Lets computed drops arrive by the clock, as long as somebody listens."""
    while state.sessions.all():
        await run_in_threadpool(catch_up, state)
        await asyncio.sleep(state.settings.tick_seconds)
