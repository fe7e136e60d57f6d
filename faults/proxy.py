"""A TCP proxy that injects network faults; it runs in a thread with an event loop of its own."""

import asyncio
import random
import socket
import struct
import threading
from dataclasses import dataclass

_CHUNK = 16_384


@dataclass
class Fault:
    """The faults that the proxy injects at present.

    `delay` and `jitter` in seconds, `rate` in bytes per second, 0 for none; `refuse`: abort new connections; `hold`:
    forward nothing; `hold_answers`: forward nothing from the target to the client.
    """

    delay: float = 0.0
    jitter: float = 0.0
    rate: int = 0
    refuse: bool = False
    hold: bool = False
    hold_answers: bool = False


class Proxy:
    """Listens on `port` (of 127.0.0.1) and forwards to the port `target`, with the injected `fault`."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.fault = Fault()
        self.port = 0
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def heal(self) -> None:
        """Inject no fault from now on; open connections stay."""
        self.fault = Fault()

    def cut(self, *, reset: bool = False) -> None:
        """Abort every connection, with a TCP RST if `reset`."""
        asyncio.run_coroutine_threadsafe(self._cut(reset=reset), self._loop).result(10)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]

    async def _cut(self, *, reset: bool) -> None:
        for pair in list(self._pairs):
            for writer in pair:
                if reset:
                    raw = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.fault.refuse:
            writer.transport.abort()
            return
        try:
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, target_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(
                self._pump(reader, target_writer, answers=False), self._pump(target_reader, writer, answers=True)
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._pairs.discard(pair)
            for end in pair:
                end.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        while data := await reader.read(_CHUNK):
            while self.fault.hold or (answers and self.fault.hold_answers):
                await asyncio.sleep(0.02)
            fault = self.fault
            if fault.delay:
                await asyncio.sleep(max(0.0, fault.delay + random.uniform(-fault.jitter, fault.jitter)))
            if fault.rate:
                await asyncio.sleep(len(data) / fault.rate)
            writer.write(data)
            await writer.drain()
        writer.close()
