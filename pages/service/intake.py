"""Register what somebody calls for: a complaint, suggestion, praise, inquiry or service request (R-073, R-111)."""

from pages._shell.page import live_page
from pages._shell.panels.intake import take_call

live_page("service.intake", take_call)
