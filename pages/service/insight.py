"""Service insight (客服分析): what is wrong, where, why, whose it is, how long it takes (R-097 to R-109, R-194)."""

from pages._shell.page import Page, live_page
from pages._shell.panels.service_insight import choose_view
from pages._shell.panels.service_insight_notice import show_notice
from pages._shell.panels.service_insight_overview import show_overview
from pages._shell.panels.service_insight_people import show_people
from pages._shell.panels.service_insight_repeats import show_repeats
from pages._shell.panels.service_insight_requests import show_requests
from pages._shell.panels.service_insight_spots import show_spots
from pages._shell.panels.service_insight_steps import show_steps


def show(page: Page) -> None:
    """The view that is chosen."""
    shown = choose_view(page)
    if shown == "spots":
        show_spots(page)
    elif shown == "repeats":
        show_repeats(page)
    elif shown == "steps":
        show_steps(page)
    elif shown == "requests":
        show_requests(page)
    elif shown == "people":
        show_people(page)
    elif shown == "notice":
        show_notice(page)
    else:
        show_overview(page)


live_page("service.insight", show)
