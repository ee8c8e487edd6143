"""A request's body, read as it was sent, with a limit on its size and on the time that it may take."""
from __future__ import annotations

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from server.validation import BadRequest, too_large

# A body that is too large is read to its end up to here, so that the sender hears the refusal.
_DRAIN = 8 * 1024 * 1024
_SECONDS = 15.0


async def read_body(request: Request, most: int) -> bytes:
    """The body, of which no more than ``most`` bytes are ever kept.

    Raises:
        BadRequest: 413 when it is larger, 415 when it is packed, 408 when it comes too slowly, 499 when the client left.
    """
    try:
        async with asyncio.timeout(_SECONDS):
            body = await _body(request, most)
    except TimeoutError as error:
        raise BadRequest(408, "La petición tardó demasiado en llegar.") from error
    except ClientDisconnect as error:  # nobody reads this; 499 is how nginx counts it
        raise BadRequest(499, "La conexión se cerró antes de llegar la petición.") from error
    # Unpacked, a few bytes may become gigabytes; and no client packs so short a text.
    if (request.headers.get("content-encoding") or "identity").lower() != "identity":
        raise BadRequest(415, "Envía el cuerpo sin comprimir, sin el encabezado «Content-Encoding».")
    return body


async def _body(request: Request, most: int) -> bytes:
    kept, seen = bytearray(), 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen <= most:
            kept += chunk
        elif seen > _DRAIN:
            break
    if seen > most:
        raise too_large(most)
    return bytes(kept)
