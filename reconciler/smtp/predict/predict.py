"""The outcome of one mail: a pure function of the client with its settings, and of what was seen of the relay."""

from __future__ import annotations

from reconciler.model.answers.prediction import Outcome
from reconciler.smtp.clients.client import Client
from reconciler.smtp.predict import connect, login, mail
from reconciler.smtp.predict.facts import RelayFacts
from reconciler.smtp.predict.use import Use
from reconciler.smtp.predict.walk import Ended, Walk


def predict(client: Client, use: Use, facts: RelayFacts) -> Outcome:
    """Contacts nobody. What the session did not see is assumed to be well, and named in the outcome."""
    walk = Walk(client, use, facts)
    try:
        connect.connect(walk)
        login.login(walk)
        mail.mail(walk)
    except Ended:
        pass
    return walk.outcome()
