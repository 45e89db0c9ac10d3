"""All that knows Celery, kombu and AMQP. Imported only where an engine is configured and a target has a zone."""
