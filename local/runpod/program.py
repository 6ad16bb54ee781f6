"""The program: serve until SIGINT or SIGTERM, then end every worker."""

import asyncio
import contextlib
import signal
import sys

from local.runpod.arguments import Arguments, parse_arguments
from local.runpod.server import LocalRunPod


async def serve(arguments: Arguments) -> None:
    """Serve until a signal says stop; prints one line once every worker has made contact."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runpod = LocalRunPod(
        arguments.endpoints,
        api_key=arguments.api_key,
        host=arguments.host,
        port=arguments.port,
        settings=arguments.settings,
        crew=arguments.crew,
        hub=arguments.hub,
    )
    async with runpod:
        announcing = asyncio.create_task(_announce(runpod, arguments))
        await stop.wait()
        announcing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await announcing


async def _announce(runpod: LocalRunPod, arguments: Arguments) -> None:
    await runpod.ready()
    print(f"Local RunPod is ready at {runpod.url} ({', '.join(arguments.endpoints)})", flush=True)


def main() -> None:
    arguments = parse_arguments()
    try:
        asyncio.run(serve(arguments))
    except OSError as error:
        if arguments.port and error.errno is not None and "address already in use" in str(error):
            sys.exit(f"Port {arguments.port} is already in use; choose another one with --port.")
        raise
