// Aedes on a loopback port, as its documentation starts it: `node aedes.mjs PORT`. Its defaults: memory, no hooks.

import { createServer } from 'node:net';
import { Aedes } from 'aedes';

const port = Number(process.argv[2]);
const broker = await Aedes.createBroker();
const server = createServer({ noDelay: true }, broker.handle);
server.listen({ port, host: '127.0.0.1', backlog: 1024 });
process.on('SIGTERM', () => process.exit(0));
