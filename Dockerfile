# syntax=docker/dockerfile:1
# Pinned by tag: give the digest that you have reviewed, as --build-arg BASE=python:3.13-slim-trixie@sha256:… (docker buildx imagetools
# inspect python:3.13-slim-trixie prints it). All packages of Python are pinned by hash, and nothing is built from source.
ARG BASE=python:3.13-slim-trixie
FROM ${BASE} AS build
RUN python -m venv /opt/reconciler
COPY requirements/run.txt /src/requirements/
RUN /opt/reconciler/bin/pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r /src/requirements/run.txt
COPY requirements/build.txt /src/requirements/
RUN python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r /src/requirements/build.txt
COPY pyproject.toml README.md LICENSE CHANGELOG.md /src/
COPY schemas /src/schemas
COPY reconciler /src/reconciler
RUN cd /src && /opt/build/bin/python -m hatchling build -t wheel -d /src/dist \
    && /opt/reconciler/bin/pip install --no-cache-dir --no-deps /src/dist/*.whl

FROM ${BASE}
# git for --base, ssh for Postfix and files on other hosts; a browser for consoles is not in here: it would triple the size
RUN apt-get update && apt-get install -y --no-install-recommends git openssh-client && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 65532 --create-home reconciler
COPY --from=build /opt/reconciler /opt/reconciler
ENV PATH=/opt/reconciler/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["reconciler"]
CMD ["--help"]
