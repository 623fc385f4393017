"""The pages: the public report card, the staff's web, the simulator, and what machines ask. Reads; decides nothing."""

from flask import Blueprint, Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from admin import attachments, errors, health, language, login, pages, public, reports, security, simulator, webhooks
from admin.charts import Gallery
from admin.services import EXTENSION, GALLERY, Services


def register(app: Flask, services: Services) -> None:
    """Give an application all its pages. `services` is what they work with; see `admin.services`."""
    app.extensions[EXTENSION] = services
    settings = services.settings
    app.extensions[GALLERY] = Gallery(settings.redis_url)
    security.protect(app, settings.secret_key, settings.public_url, settings.redis_url)
    language.speak(app)
    pages.furnish(app)
    errors.explain(app)
    health.measure(app)
    login.admit(app)
    files = Blueprint("pages", __name__, static_folder="static", template_folder="templates", static_url_path="/assets")
    for blueprint in (
        files,
        attachments.attachments,
        health.health,
        login.access,
        public.public,
        reports.reports,
        simulator.simulator,
    ):
        app.register_blueprint(blueprint)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {webhooks.MOUNTED_AT: webhooks.create(services)})  # type: ignore[method-assign]
