"""Whatever arrives, the server goes on."""

import asyncio
import contextlib
import json
import random
import struct

SEED = 20_261_121
ROUNDS = 300
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATABASE = "projects/p/databases/(default)"
DOCUMENTS = f"/v1/{DATABASE}/documents"
LISTEN = "/google.firestore.v1.Firestore/Listen/channel"


def h2_frame(kind, payload, flags=0, stream=1):
    return (
        struct.pack(">I", len(payload))[1:]
        + bytes([kind, flags])
        + struct.pack(">I", stream)
        + payload
    )


def http_request(method, path, body, content_length=None, extra=""):
    length = len(body) if content_length is None else content_length
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n{extra}\r\n"
    return head.encode("utf-8", "surrogateescape") + body


def garbage(rng):
    return rng.randbytes(rng.randrange(1, 2000))


def json_value(rng, depth=0):
    """Make a JSON value of any type, often with the API's own names in wrong places."""
    names = [
        "writes",
        "update",
        "name",
        "fields",
        "structuredQuery",
        "from",
        "where",
        "documents",
        "addTarget",
        "targetId",
        "query",
        "transaction",
        "database",
        "integerValue",
        "verify",
    ]
    match rng.randrange(9 if depth < 4 else 6):
        case 0:
            return None
        case 1:
            return rng.choice([True, False])
        case 2:
            return rng.choice([0, -1, 2**63, 1e308, rng.random()])
        case 3:
            return rng.choice(
                ["", "x", "NaN", f"{DATABASE}/documents/a/b", "\ud800", "\0", "é" * 99]
            )
        case 4 | 5:
            return rng.choice(names)
        case 6:
            return [json_value(rng, depth + 1) for _ in range(rng.randrange(4))]
        case _:
            return {rng.choice(names): json_value(rng, depth + 1) for _ in range(rng.randrange(5))}


def rest_request(rng):
    verb = rng.choice(
        [
            "commit",
            "batchGet",
            "runQuery",
            "beginTransaction",
            "rollback",
            "batchWrite",
            "runAggregationQuery",
            "listCollectionIds",
            "nope",
        ]
    )
    body = json.dumps(json_value(rng)).encode()
    if rng.random() < 0.3:
        body = body[: rng.randrange(len(body) + 1)]
    return http_request(
        "POST", f"{DOCUMENTS}:{verb}", body, extra="Authorization: Bearer owner\r\n"
    )


def channel_request(rng):
    message = json.dumps(json_value(rng))
    body = f"count={rng.choice(['1', '2', '-1', 'x', ''])}&ofs=0&req0___data__={message}".encode()
    query = rng.choice(["", "SID=x", "SID=", "TYPE=terminate", "AID=x", "$httpHeaders=x"])
    method = rng.choice(["POST", "GET", "DELETE"])
    return http_request(method, f"{LISTEN}?{query}", body)


def path_request(rng):
    path = "/".join(
        rng.choice(["", "v1", "projects", "%", "%ff", "..", "emulator", "documents", ":"])
        for _ in range(rng.randrange(9))
    )
    method = rng.choice(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "get"])
    return http_request(
        method, f"/{path}?{rng.choice(['', 'a=%', 'mask.fieldPaths', '&&=='])}", b"{}"
    )


def wrong_framing(rng):
    return rng.choice(
        [
            http_request("POST", f"{DOCUMENTS}:commit", b"{}", content_length=10_000),
            http_request("POST", f"{DOCUMENTS}:commit", b"{}", content_length=-5),
            http_request("POST", f"{DOCUMENTS}:commit", b"{}", content_length=10**30),
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET " + b"/" * 100_000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
            b"GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
        ]
    )


def http2_noise(rng):
    return rng.choice(
        [
            PREFACE[: rng.randrange(1, len(PREFACE))],
            PREFACE + garbage(rng),
            PREFACE + h2_frame(4, b"", stream=0) + garbage(rng),
            PREFACE + h2_frame(4, b"", stream=0) + h2_frame(1, garbage(rng), flags=4),
            PREFACE + h2_frame(4, b"", stream=0) + h2_frame(0, garbage(rng)),
            PREFACE + h2_frame(8, struct.pack(">I", 0)),
        ]
    )


KINDS = [garbage, rest_request, channel_request, path_request, wrong_framing, http2_noise]


async def throw(server, data, rng):
    """Send it whole, in pieces or cut off, and hang up politely or not."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    with contextlib.suppress(ConnectionError):
        if rng.random() < 0.3:
            data = data[: rng.randrange(1, len(data) + 1)]
        cut = rng.randrange(len(data) + 1)
        writer.write(data[:cut])
        await writer.drain()
        writer.write(data[cut:])
        await writer.drain()
        if rng.random() < 0.5:
            writer.write_eof()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reader.read(1000), 0.02)
    if rng.random() < 0.5:
        writer.transport.abort()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def still_serves(server):
    status, document = await server.call("PATCH", f"{DOCUMENTS}/alive/yes", {"fields": {}})
    assert (status, document["name"]) == (200, f"{DATABASE}/documents/alive/yes")


def test_noise_of_every_kind_stops_nothing(serve, caplog):
    async def scenario(server):
        for round_number in range(ROUNDS):
            rng = random.Random(SEED + round_number)
            data = KINDS[round_number % len(KINDS)](rng)
            await throw(server, data, rng)
        await still_serves(server)

    serve(scenario)
    # A request that nobody understands is the client's fault, never a defect of ours.
    ours = [record for record in caplog.records if record.name.startswith("local.")]
    assert [record.exc_text for record in ours if record.exc_info] == []


def test_browsers_that_vanish_leave_nothing_behind(serve):
    async def scenario(server):
        channel = server.base + LISTEN

        async def vanish():
            async with server.http.post(channel, data="count=0") as answer:
                ((_, (_, sid, *_)),) = json.loads((await answer.text()).partition("\n")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(f"GET {LISTEN}?SID={sid}&CI=0&AID=0 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            await reader.readuntil(b'["noop"]]]')
            writer.transport.abort()
            return sid

        async def back_channel_is_open(sid):
            params = {"SID": sid, "AID": "0"}
            async with server.http.post(channel, params=params, data="count=0") as answer:
                return json.loads((await answer.text()).partition("\n")[2])[0] == 1

        sessions = [await vanish() for _ in range(20)]
        for sid in sessions:
            async with asyncio.timeout(10):
                while await back_channel_is_open(sid):
                    pass
            await server.http.post(channel, params={"SID": sid, "TYPE": "terminate"})
        await still_serves(server)

    serve(scenario)


def test_a_client_that_leaves_in_the_middle_of_its_body_changes_nothing(serve):
    async def scenario(server):
        write = {"update": {"name": f"{DATABASE}/documents/half/x", "fields": {}}}
        body = json.dumps({"writes": [write]}).encode()
        request = http_request("POST", f"{DOCUMENTS}:commit", body)
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request[:-1])
        await writer.drain()
        writer.transport.abort()
        assert (await server.call("GET", f"{DOCUMENTS}/half/x"))[0] == 404
        await still_serves(server)

    serve(scenario)
