# One container beside a PostgreSQL; compose.yaml shows how.
#
# The image has its own Node 24, so the development dependency `node`, which pins
# it elsewhere, is left out with the other tools. TypeScript runs as it stands.
FROM node:24-slim

ENV NODE_ENV=production
WORKDIR /app

COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm cache clean --force

COPY LICENSE ./
COPY src ./src
COPY schemas ./schemas
COPY pipelines ./pipelines

# Where the embedded database stands when LEDGERLINE_DATABASE_URL names no server.
ENV LEDGERLINE_FOLDER=/data
RUN mkdir /data && chown node:node /data
VOLUME /data

USER node
# `docker run IMAGE validate` runs another verb. Nothing of ours or of our libraries
# needs __proto__, which is how a hostile key would reach what all objects share.
ENTRYPOINT ["node", "--disable-proto=delete", "src/main.ts"]
CMD ["run"]
