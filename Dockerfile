# The broker as an image: built in one stage, run in another without compilers and without root.
# docs/guide/operate.md says how to run it; a test holds this file against the repository.
FROM node:22-bookworm-slim AS build
WORKDIR /signalbox
COPY package.json package-lock.json .npmrc tsconfig.base.json tsconfig.json ./
COPY packages ./packages
COPY apps ./apps
RUN npm ci
RUN node_modules/.bin/tsc -b apps/cli
RUN npm prune --omit=dev

FROM node:22-bookworm-slim
WORKDIR /signalbox
ENV NODE_ENV=production \
    SIGNALBOX_DATA=/data \
    SIGNALBOX_LISTENERS=mqtt://0.0.0.0:1883,ws://0.0.0.0:8083/mqtt,msip://0.0.0.0:9000 \
    SIGNALBOX_ADMIN_URL=http://127.0.0.1:9883 \
    SIGNALBOX_LOG_FORMAT=json
COPY --from=build /signalbox/node_modules ./node_modules
COPY --from=build /signalbox/packages ./packages
COPY --from=build /signalbox/apps ./apps
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 1883 8083 9000
# The process answers; whether clients should come is /readyz, and the orchestrator's business.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["node", "-e", "fetch('http://127.0.0.1:9883/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Clients are told in their turn; give the container longer than drain.timeout (docker stop --time 45).
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "apps/cli/bin/signalbox.js"]
CMD ["broker"]
