// One session that comes back to all its messages: connects, takes and acknowledges them as fast as they come.

import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Connection } from '../../packages/signalbox/src/mqtt/connection.ts';

export interface Resumed {
  readonly messages: number;
  /** From CONNACK to the last message. */
  readonly seconds: number;
  /** Of the broker, all threads, until the last acknowledgement is with it. */
  readonly brokerCpuSeconds: number;
}

export function resume(port: number, pid: number, clientId: string, messages: number): Promise<Resumed> {
  const connection = new Connection({ role: 'client', protocolVersion: 4, automaticAcknowledge: true });
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  let received = 0;
  let from = 0;
  const cpuBefore = cpuSeconds(pid);
  return new Promise((resolve, reject) => {
    const sink = {
      transmit: (start: number, end: number) =>
        void socket.write(Uint8Array.from(connection.writer.bytes.subarray(start, end))),
      packet: (packet: { readonly type: string; readonly sessionPresent?: boolean }) => {
        if (packet.type !== 'connack') return;
        from = performance.now();
        if (packet.sessionPresent !== true) reject(new Error('the session is not there'));
      },
      publish: () => {
        received++;
        if (received < messages) return;
        const seconds = (performance.now() - from) / 1000;
        // An answer to a ping comes after everything before it was handled.
        setImmediate(() => connection.send({ type: 'pingreq' }, 0, { ...sink, packet: () => {} }));
        socket.once('data', () => {
          socket.destroy();
          resolve({ messages, seconds, brokerCpuSeconds: cpuSeconds(pid) - cpuBefore });
        });
      },
      close: () => void socket.destroy(),
    };
    socket.on('connect', () => connection.send({ type: 'connect', clientId, cleanStart: false }, 0, sink));
    socket.on('data', (bytes) => {
      if (received < messages) connection.receive(bytes, 0, sink);
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`the connection ended after ${received} messages`)));
  });
}

/** Of all threads of a process. */
function cpuSeconds(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return nanoseconds / 1e9;
}
