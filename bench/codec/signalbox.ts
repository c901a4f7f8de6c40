// The library in the forms that its users have: whole packets cut by a Framer, a Connection with events, a Connection
// with a sink (the broker's way), one buffer per packet, many packets in one Writer.

import type { Packet, PublishView } from 'signalbox/mqtt';
import { Connection, Framer, readFramedPacket, TopicNames, Writer, writePacket, writePacketTo } from 'signalbox/mqtt';
import type { CodecCase } from './cases.ts';
import type { Codec, Pass } from './codec.ts';
import type { Tally } from './tally.ts';

const NO_BYTES = new Uint8Array(0);
const SLAB_SIZE = 65_536;

function formatOf({ protocolVersion }: CodecCase) {
  return { protocolVersion, packetIdentifierSize: 2 } as const;
}

function account(tally: Tally, packet: Packet): void {
  switch (packet.type) {
    case 'publish':
      tally.addMessage(packet.topicName, packet.payload, packet.packetIdentifier);
      break;
    case 'connect':
      tally.addMessage(packet.clientId, packet.will?.payload ?? NO_BYTES, packet.keepAlive);
      break;
    case 'subscribe':
      for (const { topicFilter } of packet.subscriptions) tally.addText(topicFilter, packet.packetIdentifier);
      break;
    default:
      throw new Error(`unexpected ${packet.type}`);
  }
}

const isPublish = ({ name }: CodecCase): boolean => name.startsWith('publish');

export const signalboxCodec: Codec = {
  name: 'signalbox',
  parse(codecCase) {
    const format = formatOf(codecCase);
    return (tally) => {
      const framer = new Framer();
      const handler = {
        frame(buffer: Uint8Array, start: number, bodyStart: number, end: number): boolean {
          account(tally, readFramedPacket(buffer, start, bodyStart, end, format));
          return true;
        },
      };
      for (const chunk of codecCase.chunks) {
        const error = framer.receive(chunk, handler);
        if (error !== undefined) throw error;
      }
    };
  },
  generate(codecCase) {
    const format = formatOf(codecCase);
    return (tally) => {
      for (const packet of codecCase.ours) tally.addBytes(writePacket(packet, format));
    };
  },
};

/** A server that has just taken a CONNECT of this version. */
function connected(codecCase: CodecCase, names: TopicNames): Connection {
  const connection = new Connection({ role: 'server', automaticAcknowledge: true, names });
  const format = formatOf(codecCase);
  const connect = {
    type: 'connect',
    protocolVersion: format.protocolVersion,
    clientId: 'bench',
    keepAlive: 0,
  } as const;
  connection.receive(writePacket(connect, format), 0);
  connection.send({ type: 'connack', reasonCode: 0 }, 0);
  return connection;
}

export const signalboxEvents: Codec = {
  name: 'signalbox connection',
  parse(codecCase) {
    if (!isPublish(codecCase)) return undefined;
    const names = new TopicNames({ limit: 16_384 });
    return (tally) => {
      const connection = connected(codecCase, names);
      for (const chunk of codecCase.chunks)
        for (const event of connection.receive(chunk, 0)) {
          if (event.type === 'packet') account(tally, event.packet);
          else if (event.type === 'close') throw event.error ?? new Error('closed');
        }
    };
  },
};

/** Counts what a Connection hands out without making an object of it. */
function sinkOf(tally: Tally, connection: Connection) {
  return {
    transmit(): void {
      connection.writer.reset();
    },
    publish(view: PublishView): void {
      const { buffer: bytes, payloadStart: start, payloadEnd: end } = view;
      tally.addWindow(view.topic.name, { bytes, start, end }, view.packetIdentifier);
    },
    packet(packet: Packet): void {
      throw new Error(`unexpected ${packet.type}`);
    },
    close(error: Error | undefined): void {
      throw error ?? new Error('closed');
    },
  };
}

export const signalboxSink: Codec = {
  name: 'signalbox sink',
  parse(codecCase) {
    if (!isPublish(codecCase)) return undefined;
    const names = new TopicNames({ limit: 16_384 });
    return (tally) => {
      const connection = connected(codecCase, names);
      const sink = sinkOf(tally, connection);
      for (const chunk of codecCase.chunks) connection.receive(chunk, 0, sink);
    };
  },
};

export const signalboxWriter: Codec = {
  name: 'signalbox writer',
  generate(codecCase): Pass {
    const format = formatOf(codecCase);
    const writer = new Writer(SLAB_SIZE);
    return (tally) => {
      writer.reset();
      for (const packet of codecCase.ours) {
        if (writer.length > SLAB_SIZE - 2048) writer.reset();
        const start = writer.length;
        writePacketTo(writer, packet, format);
        tally.addBytes(writer.bytes.subarray(start, writer.length));
      }
    };
  },
};
