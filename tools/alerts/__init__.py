"""`make alerts`: metrics of the log, a dashboard and alerts, installed from `operations/`."""
