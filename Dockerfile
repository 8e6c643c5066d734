# One image for the API and the dashboard: what serving needs, nothing of what training needs,
# no data, no model, no compiler. Plain Dockerfile syntax: the classic builder takes it too.

FROM python:3.11-slim AS base

# Certificate authorities of the company (docker/certificates/*.crt); usually there are none.
COPY docker/certificates/ /usr/local/share/ca-certificates/company/
RUN if ls /usr/local/share/ca-certificates/company/*.crt > /dev/null 2>&1; then \
        update-ca-certificates; \
    fi


FROM base AS requirements

# A company's mirror. Not one of these reaches the image: neither its settings nor its history.
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_TRUSTED_HOST
ARG PIP_RETRIES=5
ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore

COPY requirements-service.txt /tmp/

# Wheels only: a package that would have to be compiled is an error. What is removed is never run
# here: the packages' own tests and the headers for compiling against them. The modules are compiled
# on all cores, and so that no start looks at their files' times.
RUN python -m venv --without-pip /opt/venv \
    && python -m pip --python /opt/venv/bin/python install \
        --no-compile --only-binary=:all: -r /tmp/requirements-service.txt \
    && cd /opt/venv/lib/python3.11/site-packages \
    && rm -rf pandas/tests pyarrow/tests pyarrow/include pyarrow/src \
    && find numpy scipy -type d -name tests -prune -exec rm -rf {} + \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash .


FROM base

LABEL org.opencontainers.image.title="ml-payment" \
      org.opencontainers.image.description="Predicts whether a customer pays a loan on time: API and dashboard" \
      org.opencontainers.image.licenses="MIT"

# The volume of the prediction log takes the owner of the folder that it is mounted over.
RUN groupadd --gid 1000 app \
    && useradd --uid 1000 --gid app --no-create-home --home-dir /tmp --shell /usr/sbin/nologin app \
    && install -d /app/models \
    && install -d -m 0700 -o app -g app /app/predictions

WORKDIR /app
COPY --from=requirements /opt/venv /opt/venv

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    HOST=0.0.0.0 \
    MODELS_DIR=/app/models \
    DATABASE_URL=sqlite:////app/predictions/predictions.sqlite3 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0

COPY docker/healthcheck.py docker/
COPY .streamlit/ .streamlit/
COPY api_main.py app_streamlit.py ./
COPY mlops_pipeline/ mlops_pipeline/
# The root file system is read-only when this runs: compiled now or at every start.
RUN python -m compileall -q --invalidation-mode unchecked-hash /app

USER 1000:1000
EXPOSE 8000 8501
CMD ["python", "api_main.py"]
