"""Run the gateway alone, under uvicorn."""
from __future__ import annotations

import sys

import uvicorn

from rules.office import OfficeError
from rules.source import SourceError
from server.app import create_app
from server.connections import BACKLOG, bounded_protocol, connection_limit
from server.logs import configure_logs
from server.preparation import LaunchError, check_port
from server.settings import Settings

# Seconds for open turns to end after a stop signal.
_GRACE = 5


def serve(settings: Settings) -> int:
    """Serve until a signal; 1 when the port or the office profile is unusable."""
    configure_logs()
    try:
        check_port(settings.host, settings.port)
        app = create_app(settings)
    except (LaunchError, OfficeError, SourceError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    # No access log: it would keep who asked, and when.
    uvicorn.run(
        app, host=settings.host, port=settings.port, access_log=False, log_config=None,
        timeout_graceful_shutdown=_GRACE, server_header=False,
        http=bounded_protocol(connection_limit()), ws="none", backlog=BACKLOG,
    )  # fmt: skip
    return 0
