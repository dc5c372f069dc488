"""The broker's connections, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from threading import Event, Thread

from connectors.sandbox.avenieca.broker import protocol
from connectors.sandbox.avenieca.broker.protocol import Peer, Protocol
from connectors.sandbox.avenieca.broker.topics import Topics
from connectors.sandbox.avenieca.broker.wire import INT32, FrameError

LARGEST_FRAME = 2 * 1024 * 1024
MOST_CONNECTIONS = 256
IDLE_SECONDS = 600.0  # Kafka's connections.max.idle.ms
STOP_SECONDS = 10.0


class Broker:
    """Serves from `start` to `stop`. A wrong frame closes its connection and nothing else."""

    def __init__(self, listening: socket.socket, topics: Topics) -> None:
        self._listening = listening
        self._protocol = Protocol(topics)
        self._talks: set[asyncio.Task[None]] = set()
        self._ready = Event()
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event
        self._thread = Thread(target=self._run, name="avenieca broker", daemon=True)

    @staticmethod
    def routes() -> Iterable[str]:
        """What it understands."""
        return protocol.routes()

    def serve(self, topics: Topics) -> None:
        """From now on other topics: the platform was put back to its first state."""
        self._protocol.topics = topics

    def start(self) -> None:
        """Returns when connections are taken."""
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Closes every connection. The socket stays the caller's."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._talk, sock=self._listening.dup())
        self._ready.set()
        async with server:
            await self._over.wait()
            for talk in self._talks:
                talk.cancel()
            await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from its first frame to its last."""
        task = asyncio.current_task()
        if task is None or len(self._talks) >= MOST_CONNECTIONS:
            writer.close()
            return
        self._talks.add(task)
        try:
            await self._frames(reader, writer)
        except (FrameError, OSError, EOFError, TimeoutError):
            return  # what the other side did wrong is its own loss
        except asyncio.CancelledError:
            return  # the broker stops; asyncio would report the cancelled task as an error
        finally:
            self._talks.discard(task)
            writer.close()

    async def _frames(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = writer.get_extra_info("sockname")[:2]
        peer = Peer(host=host, port=port, gone=reader.at_eof)
        while True:
            frame = await asyncio.wait_for(_frame(reader), IDLE_SECONDS)
            answer = await self._protocol.answer(frame, peer)
            if answer is not None:
                writer.write(INT32.pack(len(answer)) + answer)
                await writer.drain()


async def _frame(reader: asyncio.StreamReader) -> bytes:
    """The next frame. Raises FrameError, and EOFError when there is none."""
    (length,) = INT32.unpack(await reader.readexactly(INT32.size))
    if not 0 < length <= LARGEST_FRAME:
        raise FrameError(f"a frame of {length} bytes")
    return await reader.readexactly(length)
