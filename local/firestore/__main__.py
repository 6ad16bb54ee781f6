"""`python -m local.firestore --host H --port P [--rules FILE]`: serve until a signal comes."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import signal
import sys

from local.firestore.export_files import metadata_file_of
from local.firestore.exports import export_database, import_export
from local.firestore.flags import Flags, parse_flags
from local.firestore.front import Front
from local.firestore.grpc_server import start_grpc_server
from local.firestore.http_app import start_http
from local.firestore.index_use import IndexPolicy
from local.firestore.indexes import Indexes, load_indexes
from local.firestore.rules_loading import load_rules_file
from local.firestore.service import FirestoreService


async def serve(flags: Flags) -> None:
    """Serve until SIGINT, SIGTERM or `POST /shutdown`; raises OSError if the port is taken."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    # Stored documents live long: fewer looks at them. What was imported stays for good.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    indexes = Indexes() if flags.index_file is None else load_indexes(flags.index_file)
    service = FirestoreService(indexes=IndexPolicy(indexes, required=flags.require_indexes))
    if flags.rules is not None:
        service.set_default_rules(load_rules_file(flags.rules))
    if flags.seed is not None:
        seed = metadata_file_of(flags.seed) if flags.seed.is_dir() else flags.seed
        print(f"Imported {import_export(service, seed)} documents", flush=True)
    grpc_server, grpc_port = await start_grpc_server(service, "127.0.0.1:0")
    http = await start_http(service, on_shutdown=stop.set)
    if http.server is None:
        raise RuntimeError("the HTTP application has no server")
    try:
        front = await Front.open(flags.host, flags.port, http=http.server, grpc_port=grpc_port)
        print(f"Firestore is running on {flags.host}:{front.port}", flush=True)
        await stop.wait()
        await front.close()
        if flags.export_on_exit is not None:
            name = f"projects/{flags.project_id}/databases/(default)"
            export_database(service.database(name), flags.export_on_exit)
    finally:
        await http.cleanup()
        await grpc_server.stop(grace=None)


def main() -> int:
    """Run the server; the exit code says whether it could."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    # Our handlers catch all errors; these would log clients that went away or spoke gibberish.
    for name in ("grpc._cython.cygrpc", "aiohttp.server"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    flags = parse_flags(sys.argv[1:], os.environ)
    try:
        asyncio.run(serve(flags))
    except ValueError as error:
        print(f"Firestore cannot start: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        reason = "address already in use" if error.errno == errno.EADDRINUSE else str(error)
        print(f"Firestore cannot start on {flags.host}:{flags.port}: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
