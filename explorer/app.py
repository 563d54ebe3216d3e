"""The explorer as an ASGI application: pages, API, static files, error pages."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.staticfiles import StaticFiles

from camlode.config.errors import CamlodeError
from camlode.explorer import api
from camlode.explorer.middleware import SecurityMiddleware
from camlode.explorer.pages import routes
from camlode.explorer.rendering import FOLDER, render_page
from camlode.explorer.site import Site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from camlode.explorer.access import ExplorerSettings

API_DESCRIPTION = """The patterns that a trained classifier relies on, mined by camlode.

Reading is open where the explorer listens to this machine only; everything else needs the token that is printed at the
start, as `Authorization: Bearer TOKEN`. Errors are answered with `{"error": "one line"}`.
"""


def create_app(settings: ExplorerSettings) -> FastAPI:
    """Create the application with the pages and the API of a store.

    Raises:
        StoreError: there is no store at the address, or it cannot be opened.
    """
    # No docs_url and redoc_url: those pages of FastAPI load scripts from another host. pages/runs.py has our own.
    app = FastAPI(
        title="camlode",
        version=version("camlode"),
        description=API_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,
    )
    app.state.site = Site(settings)
    app.include_router(api.read_router)
    app.include_router(api.write_router)
    app.router.routes.extend(routes())
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    app.add_exception_handler(CamlodeError, _handle_camlode_error)
    app.add_exception_handler(RequestValidationError, _handle_validation_error)
    app.add_exception_handler(HTTPException, _handle_http_error)
    app.add_middleware(SecurityMiddleware, settings=settings)
    return app


def _handle_camlode_error(request: Request, error: Exception) -> Response:
    return _error_response(request, 400, str(error))


def _handle_validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 (it is registered for this class only)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return _error_response(request, 400, f"{where}: {first['msg']}" if where else str(first["msg"]))


def _handle_http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    messages = {404: "there is no such page", 405: "this page does not accept that method"}
    return _error_response(request, status, messages.get(status, str(error)))


def _error_response(request: Request, status: int, problem: str) -> Response:
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": problem}, status)
    return render_page(request, "error.html", status, problem=problem)
