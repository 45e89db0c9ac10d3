"""The way between us and a zone: all that knows Celery, kombu and RabbitMQ. Nothing else in `engine` imports them."""
