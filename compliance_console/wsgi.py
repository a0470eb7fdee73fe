"""Hand out the application to a web server, but only once the system checks have passed."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")

application = get_wsgi_application()
call_command("check")
