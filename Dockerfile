# Two stages: the first builds the wheel and installs it with locked, hashed packages; the second only runs it.
ARG PYTHON=3.12

FROM python:${PYTHON}-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m venv /opt/sitrep \
    && /opt/sitrep/bin/pip install -q --require-hashes --only-binary :all: -r requirements/run.txt \
    && python -m venv /opt/build \
    && /opt/build/bin/pip install -q --require-hashes --only-binary :all: -r requirements/build.txt
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY schedules schedules
COPY templates templates
COPY worker worker
RUN /opt/build/bin/python -m hatchling build -t wheel \
    && /opt/sitrep/bin/pip install -q --no-deps --no-index dist/*.whl \
    && /opt/sitrep/bin/pip check

FROM python:${PYTHON}-slim-bookworm
RUN groupadd --gid 10001 sitrep \
    && useradd --uid 10001 --gid sitrep --no-create-home --home-dir /var/lib/sitrep sitrep \
    && install --directory --owner sitrep --group sitrep --mode 0750 /var/lib/sitrep
COPY --from=build /opt/sitrep /opt/sitrep
ENV PATH=/opt/sitrep/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SITREP_STATE_DIR=/var/lib/sitrep \
    SITREP_WEB_HOST=0.0.0.0
WORKDIR /var/lib/sitrep
USER 10001:10001
EXPOSE 8000
ENTRYPOINT ["sitrep"]
CMD ["--help"]
