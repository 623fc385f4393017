"""What protects every page: headers, cookies, CSRF tokens and rate limits."""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.middleware.proxy_fix import ProxyFix

from families import staff_sessions

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

REDIS_TIMEOUT: Final = 0.2
"""Seconds that a page waits for Redis before it counts in its own memory."""

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})

# Scripts and styles come from files of ours only; nothing is loaded from elsewhere, nothing is inline, and `data:` is
# allowed for the small drawings inside the style sheet.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address, strategy="moving-window", headers_enabled=True)


class SessionCookies(SecureCookieSessionInterface):
    """Session cookies that travel over HTTPS only, except where a browser on the same machine is tried by hand."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return bool(app.config["SESSION_COOKIE_SECURE"]) and _hostname(request.host) not in LOOPBACK


def protect(app: Flask, secret_key: str, public_url: str, redis_url: str) -> None:
    """Put headers, cookies, CSRF protection and rate limits on an application.

    Rate limits are counted in Redis, so that all web processes share them, and in each process's memory while Redis
    does not answer.
    """
    https = urlsplit(public_url).scheme == "https"
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME="libreta",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        PERMANENT_SESSION_LIFETIME=staff_sessions.LONGEST,
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=redis_url,
        RATELIMIT_STORAGE_OPTIONS={
            "socket_connect_timeout": REDIS_TIMEOUT,
            "socket_timeout": REDIS_TIMEOUT,
            "retry": Retry(NoBackoff(), 0),
        },
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_KEY_PREFIX="libreta",
    )
    app.session_interface = SessionCookies()
    csrf.init_app(app)
    limiter.init_app(app)
    headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if https else {})

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response


def behind(proxies: int, app: "WSGIApplication") -> "WSGIApplication":
    """An application that believes so many proxies before it about who asks, and by which scheme.

    Without any, `X-Forwarded-For` is what anybody may write: limits would be counted for whoever they say they are.
    """
    return ProxyFix(app, x_for=proxies, x_proto=proxies, x_host=0) if proxies else app


def local_target(target: str | None, default: str) -> str:
    """The page to go to after logging in: a path of the staff's web, never another site.

    Browsers read `//host` and `/\\host` as other sites and drop tabs and line ends, so that none of them is let
    through.
    """
    if not target or not target.startswith("/admin") or not target.isprintable() or "\\" in target:
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


def _hostname(host: str) -> str:
    """The name in a Host header, without its port: '[::1]:8000' → '::1'."""
    return urlsplit(f"//{host}").hostname or ""
