# The operator's image: the program, the libraries it loads, and nothing that could be run instead.
#
#   docker build --build-arg COMMIT=$(git rev-parse --short=12 HEAD) --tag sojourn-operator .
#   docker build --target sbom  --output out .       the list of what is in it, SPDX 2.3
#   docker build --target debug --output out .       symbols of the stripped program, for gdb
#
# `./dev/image` does the same without Docker.
FROM docker.io/library/debian:bookworm AS tools
COPY dev/operator-image/packages.txt /packages.txt
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        ccache jq $(cat /packages.txt) \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*

FROM tools AS build
ARG COMMIT=unknown
ARG SOURCE_DATE_EPOCH=0
ARG CCACHE_DIR=/root/.cache/ccache
# Set, everything is compiled anew. ccache itself must stay: what it compiles knows its sources by
# relative names, and without it the symbols would have others.
ARG CCACHE_RECACHE
# Nothing of this path is in the result; a second build elsewhere must give the same.
ARG SOURCE=/source
WORKDIR $SOURCE
COPY . .
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release -DSOJOURN_TESTS=OFF -DSOJOURN_COMMIT="$COMMIT" \
    && cmake --build build/release --target sojourn-operator \
    && dev/operator-image/assemble build/release/bin/sojourn-operator /out

FROM scratch AS debug
COPY --from=build /out/debug/ /

FROM scratch AS sbom
COPY --from=build /out/sbom/ /

FROM scratch AS operator
ARG COMMIT=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="sojourn-operator" \
      org.opencontainers.image.description="A Kubernetes operator for sessions of AI agents" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT"
COPY --from=build /out/root/ /
USER 65532:65532
ENTRYPOINT ["/sojourn-operator"]
