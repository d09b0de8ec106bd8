# docker build -t ast .       docker run ast           (the bot)
#                             docker run -p 127.0.0.1:8080:8080 ast lab
#                             docker run ast test-drive
# torch's wheels bring CUDA, so a slim Python image is enough for `--gpus all`.
# It needs nothing of BuildKit, so that Docker 20.10 of Debian 12, Podman and Buildah build it too.
FROM python:3.11-slim-bookworm

# Another place to take torch from. For an image without CUDA, at a quarter of the size:
#   --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cpu
ARG TORCH_INDEX=""
# Another torch than the tested one, as pip's arguments: --build-arg TORCH=torch==2.13.0
ARG TORCH=""

ENV PYTHONUNBUFFERED=1 \
    PYTHONPATH=/app \
    PIP_NO_CACHE_DIR=1 \
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
RUN if [ -z "$TORCH_INDEX$TORCH" ]; \
    then pip install --require-hashes --requirement requirements-torch.lock; \
    else pip install ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} \
        ${TORCH:---requirement requirements-torch.txt}; \
    fi

COPY requirements.lock requirements-heif.lock ./
RUN pip install --require-hashes --requirement requirements.lock \
        --requirement requirements-heif.lock

# What few need: --build-arg EXTRAS=cluster adds Ray (docs/SCALING.md).
ARG EXTRAS=""
COPY requirements-cluster.lock ./
RUN case "$EXTRAS" in \
    "") ;; \
    cluster) pip install --require-hashes --requirement requirements-cluster.lock ;; \
    *) echo "EXTRAS must be empty or cluster, but is $EXTRAS" >&2; exit 2 ;; \
    esac

# .dockerignore only lets in what the programs need. The container's user may read all of it, whatever
# the files' modes are outside; a changed mode stores the whole file again, so only wrong ones change.
COPY . ./
# With a token in that folder the build fails, except with --build-arg PERSONAL=1.
ARG PERSONAL=""
RUN pip install --no-deps --no-build-isolation --editable . \
    && python container/baked.py token "$PERSONAL" \
    && python -m compileall -q . \
    && find . \( ! -perm -a=r -o -type d ! -perm -a=x \) -exec chmod a+rX {} +

# VGG16 is part of the code. The paper's VGG19 is downloaded into the volume with the first picture,
# or with --build-arg WEIGHTS=vgg19 into the image (80 MB).
ARG WEIGHTS=embedded
RUN python container/baked.py weights "$WEIGHTS" && rm -rf /root/.cache

# There is no VOLUME: each run without -v would leave an anonymous one behind.
ENV AST_DATA=/data
USER 1000:1000
EXPOSE 8080
ENTRYPOINT ["python", "/app/container/entrypoint.py"]
CMD ["bot"]
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s \
    CMD ["python", "/app/container/health.py"]
