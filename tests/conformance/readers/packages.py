"""Packages of PyPI that read .env files, and PyYAML: `packages.py READER`, places on stdin, values on stdout."""

import json
import logging
import os
import sys
from pathlib import Path
from typing import ClassVar


def dotenv(path, key):
    from dotenv import dotenv_values

    return dotenv_values(path).get(key)


def django(path, key):
    import environ

    class Env(environ.Env):
        ENVIRON: ClassVar = dict(os.environ)

    Env.read_env(path)
    return Env()(key)


def environs(path, key):
    from environs import Env

    before = dict(os.environ)
    try:
        env = Env()
        env.read_env(path, recurse=False, override=True)
        return env.str(key, None)
    finally:
        os.environ.clear()
        os.environ.update(before)


def decouple(path, key):
    from decouple import Config, RepositoryEnv

    repository = RepositoryEnv(path)
    return repository.data.get(key) and Config(repository)(key) if key in repository.data else None


def systemd(path, key):
    import ctypes

    (found,) = Path("/usr/lib").glob("*/systemd/libsystemd-shared-*.so")
    library = ctypes.CDLL(str(found))
    items = ctypes.POINTER(ctypes.c_char_p)()
    if library.load_env_file(None, path.encode(), ctypes.byref(items)) < 0:
        return None
    value, index = None, 0
    while items and items[index] is not None:
        name, _, text = items[index].decode().partition("=")
        value, index = (text if name == key else value), index + 1
    return value


def flat(path, key):
    import yaml

    return yaml.safe_load(Path(path).read_text(encoding="utf-8")).get(key)


def read(reader, path, key):
    try:
        return reader(path, key)
    except Exception as error:  # noqa: BLE001  # what a reader raises is its answer
        sys.stderr.write(f"{path}: {error!r}" + "\n")
        return None


logging.disable(logging.CRITICAL)
READERS = {
    "python-dotenv": dotenv,
    "django-environ": django,
    "environs": environs,
    "decouple": decouple,
    "systemd": systemd,
    "pyyaml-flat": flat,
}
json.dump([read(READERS[sys.argv[1]], *place) for place in json.load(sys.stdin)], sys.stdout)
