"""Whether this machine can listen on an address, asked before the slow part of a start."""
from __future__ import annotations

import errno
import socket


class AddressError(ValueError):
    """Nothing can listen there; the message says why, in Spanish, without a full stop."""


class PortTakenError(AddressError):
    """The address is fine: another program listens on that port."""


def check_address(host: str, port: int) -> None:
    """Try to listen on ``port`` (1–65535) of ``host`` for a moment.

    Raises:
        PortTakenError: another program does.
        AddressError: the host is none of this machine's, or the port is forbidden.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except (OSError, UnicodeError) as error:
        raise _error(host, port, error) from error


def _error(host: str, port: int, error: OSError | UnicodeError) -> AddressError:
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return PortTakenError(f"El puerto {port} de {host} está ocupado")
    if number in (errno.EACCES, errno.EPERM):
        return AddressError(f"No hay permiso de usar el puerto {port}; los menores de 1024 son del administrador")
    return AddressError(f"{host} no es una dirección de esta máquina: usa 127.0.0.1 o, para toda la red, 0.0.0.0")
