# docker build -t ast .       docker run ast           (the bot)
#                             docker run -p 127.0.0.1:8080:8080 ast lab
#                             docker run ast test-drive
# torch's wheels bring CUDA, so a slim Python image is enough for `--gpus all`.
FROM python:3.11-slim-bookworm

# Another place to take torch from. For an image without CUDA, at a quarter of the size:
#   --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG TORCH_INDEX=""
# Another torch than the tested one, as pip's arguments: --build-arg TORCH=torch==2.13.0
ARG TORCH=""

ENV PYTHONUNBUFFERED=1 \
    PYTHONPATH=/app \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

WORKDIR /app

# The first user of most machines has this number too, so the container can write to a folder of
# theirs that is mounted at /data.
RUN useradd --uid 1000 --home-dir /data --no-create-home --shell /usr/sbin/nologin ast \
    && install --directory --owner ast --group ast /data

# Large layers that rarely change come first, so that they stay cached. The lock has the hashes of
# the tested torch as PyPI has it, so it can't check another one.
COPY requirements-torch.lock requirements-torch.txt ./
# hadolint ignore=DL3013,SC2086
RUN --mount=type=cache,target=/root/.cache/pip \
    if [ -z "$TORCH_INDEX$TORCH" ]; \
    then pip install --require-hashes --requirement requirements-torch.lock; \
    else pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} \
        ${TORCH:---requirement requirements-torch.txt}; \
    fi

COPY requirements.lock ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --require-hashes --requirement requirements.lock

# .dockerignore only lets in what the programs need. The container's user may read all of it, whatever
# the files' modes are outside.
COPY . ./
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --no-deps --no-build-isolation --editable . \
    && python -m compileall -q . \
    && chmod --recursive a+rX . \
    && python container/baked.py token

# VGG16 is part of the code. The paper's VGG19 is downloaded into the volume with the first picture,
# or with --build-arg WEIGHTS=vgg19 into the image (80 MB).
ARG WEIGHTS=embedded
RUN --mount=type=cache,target=/root/.cache/torch \
    python container/baked.py weights "$WEIGHTS"

ENV AST_DATA=/data
USER 1000:1000
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["python", "/app/container/entrypoint.py"]
CMD ["bot"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s \
    CMD ["python", "/app/container/health.py"]
