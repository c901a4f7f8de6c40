// mqtt-packet as its users drive it: parse(chunk) with a listener, generate(packet), and writeToStream into a stream
// that does nothing but collect.

import type { Packet, Parser } from 'mqtt-packet';
import mqttPacket from 'mqtt-packet';
import type { CodecCase } from './cases.ts';
import type { Codec } from './codec.ts';
import type { Tally } from './tally.ts';

const NO_BYTES = Buffer.alloc(0);

function account(tally: Tally, packet: Packet): void {
  switch (packet.cmd) {
    case 'publish':
      tally.addMessage(packet.topic, packet.payload as Buffer, packet.messageId ?? 0);
      break;
    case 'connect':
      tally.addMessage(packet.clientId, (packet.will?.payload as Buffer) ?? NO_BYTES, packet.keepalive ?? 0);
      break;
    case 'subscribe':
      for (const { topic } of packet.subscriptions) tally.addText(topic, packet.messageId ?? 0);
      break;
    default:
      throw new Error(`unexpected ${packet.cmd}`);
  }
}

function parserOf({ protocolVersion }: CodecCase, onPacket: (packet: Packet) => void): Parser {
  const parser = mqttPacket.parser({ protocolVersion });
  parser.on('packet', onPacket);
  parser.on('error', (error) => {
    throw error;
  });
  return parser;
}

/** Collects what writeToStream writes, pieces and strings alike, into one buffer. */
class Slab {
  bytes = Buffer.allocUnsafe(1 << 20);
  length = 0;

  write(chunk: Buffer | string): boolean {
    if (this.bytes.length - this.length < 4096) this.length = 0;
    if (typeof chunk === 'string') this.length += this.bytes.write(chunk, this.length);
    else this.length += chunk.copy(this.bytes, this.length);
    return true;
  }
}

export const mqttPacketCodec: Codec = {
  name: 'mqtt-packet',
  parse(codecCase) {
    return (tally) => {
      const parser = parserOf(codecCase, (packet) => account(tally, packet));
      for (const chunk of codecCase.chunks) parser.parse(chunk);
    };
  },
  generate({ theirs, protocolVersion }) {
    const options = { protocolVersion };
    return (tally) => {
      for (const packet of theirs) tally.addBytes(mqttPacket.generate(packet, options));
    };
  },
};

export const mqttPacketStream: Codec = {
  name: 'mqtt-packet stream',
  generate({ theirs, protocolVersion }) {
    const options = { protocolVersion };
    const slab = new Slab();
    return (tally) => {
      for (const packet of theirs) {
        slab.length = 0;
        mqttPacket.writeToStream(packet, slab as unknown as NodeJS.WritableStream & WritableStream, options);
        tally.addBytes(slab.bytes.subarray(0, slab.length));
      }
    };
  },
};
