"""The shapes and what was recorded at them."""

from __future__ import annotations

from base64 import b64encode

import pytest
from lab.servers.shaped.shape import shapes

from clients import recordings
from clients.clients import CLIENTS, SWAKS

ALL = (*CLIENTS, SWAKS)
BY_NAME = {client.name: client for client in ALL}


def test_there_are_many_shapes_and_each_says_what_it_is() -> None:
    names = [shape.name for shape in shapes()]
    assert len(names) >= 40
    assert len(names) == len({*names})
    assert all(shape.about for shape in shapes())


@pytest.mark.parametrize("client", [client.name for client in ALL])
def test_a_client_was_run_at_each_shape(client: str) -> None:
    recorded = recordings.load(client)
    assert recorded["version"]
    assert [*recorded["shapes"]] == [shape.name for shape in shapes() if BY_NAME[client].suits(shape)]


@pytest.mark.parametrize("client", [client.name for client in ALL])
def test_no_password_is_recorded(client: str) -> None:
    text = (recordings.FOLDER / f"{client}.json").read_text("utf-8")
    for shape in shapes():
        for password in {shape.settings.password[:12], shape.settings.good_password[:12]}:
            assert password not in text
            # in base64, whatever stands before it
            for shift in range(3):
                inside = b64encode(b"\0" * shift + password.encode())[4:-4].decode()
                assert inside not in text
