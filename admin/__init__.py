"""The pages: the public report card, the staff's web, the simulator, and what machines ask. Reads; decides nothing."""

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from admin import (
    account,
    achievements,
    alerts_inbox,
    attachments,
    audit_page,
    campaigns,
    campaigns_channels,
    campaigns_families,
    campaigns_filters,
    campaigns_words,
    closings,
    code_sheets,
    comments,
    commitments,
    complaints,
    compression,
    council,
    demand,
    errors,
    families,
    families_words,
    family,
    forms_page,
    health,
    health_page,
    inbox,
    language,
    login,
    messages_page,
    navigation,
    notices,
    obstacles,
    open_data,
    pages,
    people,
    permission,
    programmes,
    progress_pictures,
    public,
    referrals,
    reports,
    results,
    rights,
    security,
    sessions,
    sessions_calendar,
    sessions_planning,
    sessions_slots,
    sessions_words,
    settings_page,
    signals,
    simulator,
    site,
    spot_checks,
    team,
    today,
    waves,
    webhooks,
    yearly_plans,
)
from admin.charts import Gallery
from admin.services import EXTENSION, GALLERY, Services


def register(app: Flask, services: Services) -> None:
    """Give an application all its pages. `services` is what they work with; see `admin.services`."""
    app.extensions[EXTENSION] = services
    settings = services.settings
    app.extensions[GALLERY] = Gallery(settings.redis_url)
    health.measure(app)
    sessions.admit(app)
    # Before tokens are looked at: whoever's session has ended is asked to log in, and keeps what they wrote.
    permission.enforce(app, login.ask_to_log_in)
    security.protect(app, settings.secret_key, settings.public_url, settings.redis_url)
    language.speak(app)
    pages.furnish(app)
    notices.show(app)
    sessions_words.furnish(app)
    families_words.furnish(app)
    campaigns_words.furnish(app)
    errors.explain(app)
    compression.compress(app)
    for blueprint in (
        pages.files,
        account.account,
        attachments.attachments,
        campaigns.campaigns,
        campaigns_channels.channels,
        campaigns_families.pages,
        campaigns_filters.audiences,
        waves.waves,
        health.health,
        login.access,
        public.public,
        site.site,
        open_data.open_data,
        council.council,
        commitments.commitments,
        closings.closings,
        signals.signals,
        results.results,
        today.today,
        team.team,
        yearly_plans.plans,
        families.list_pages,
        family.family,
        achievements.achievement_pages,
        progress_pictures.pictures,
        sessions_calendar.pages,
        sessions_planning.planning,
        sessions_slots.hours,
        complaints.complaints,
        rights.rights,
        inbox.inbox,
        alerts_inbox.alerts,
        obstacles.obstacles,
        code_sheets.code_sheets,
        spot_checks.spot_checks,
        programmes.pages,
        referrals.pages,
        demand.pages,
        reports.reports,
        comments.comments,
        forms_page.forms_page,
        people.people,
        settings_page.settings_page,
        messages_page.messages_page,
        audit_page.audit_page,
        health_page.health_page,
        simulator.simulator,
    ):
        app.register_blueprint(blueprint)
    permission.complete(app)
    navigation.guide(app)
    pages_and_webhooks = DispatcherMiddleware(app.wsgi_app, {webhooks.MOUNTED_AT: webhooks.create(services)})
    app.wsgi_app = security.behind(settings.trusted_proxies, pages_and_webhooks)  # type: ignore[method-assign, assignment]
