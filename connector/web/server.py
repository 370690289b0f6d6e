"""Serves the application with gunicorn: one process, many threads, the service's own log."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.config import KNOWN_SETTINGS, Config
from gunicorn.glogging import Logger

from connector.errors import SettingsError
from connector.web import gunicorn_conf

if TYPE_CHECKING:
    from apiflask import APIFlask

KNOWN: Final = frozenset(setting.name for setting in KNOWN_SETTINGS)


class ServiceLog(Logger):
    """Hands gunicorn's lines to the root logger, which redacts and formats them; the access log is our own."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        if logging.getLogger("gunicorn").level != logging.NOTSET:  # PUENTE_LOG_LEVEL is set there, and decides
            self.error_log.setLevel(logging.NOTSET)
        for logger in (self.error_log, self.access_log):
            logger.handlers.clear()
            logger.propagate = True


class _Server(BaseApplication):
    def __init__(self, make_app: Callable[[], APIFlask], options: dict[str, Any]) -> None:
        self._make_app = make_app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._make_app()


def serve(make_app: Callable[[], APIFlask], host: str, port: int) -> None:
    """Answer requests until the process is told to end (SIGTERM, SIGINT), then finish those under way.

    ``make_app`` runs inside the worker process, so database connections never cross a fork. Raises
    SettingsError when the address cannot be listened on.
    """
    _check_free(host, port)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    named = {name: value for name, value in vars(gunicorn_conf).items() if name in KNOWN}
    _Server(make_app, {"bind": address, **named}).run()


def _check_free(host: str, port: int) -> None:
    """Say at once what gunicorn would find out after five tries."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise SettingsError(
            f"The server cannot listen on {host}, port {port}: {error.strerror}.",
            place="PUENTE_HOST and PUENTE_PORT",
            remedy="End what uses the port, or choose another one.",
        ) from error
