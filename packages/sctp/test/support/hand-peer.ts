// A peer that a test plays by hand: it says what the test says, and remembers what it was told. The node it talks to is real.

import type { AssociationLimits } from '../../src/sctp/association-options.ts';
import { type ChunkOf, initOf, type ParsedPacket, packetOf, parsePacket } from './packets.ts';
import { Network, type Node, type Party } from './virtual-network.ts';

/** What the hand-made peer calls itself. */
export const TAG = 0x1234_5678;

export class HandPeer {
  readonly network = new Network({ latencyMs: 1 });
  readonly node: Node;
  readonly told: ParsedPacket[] = [];
  port = 6000;
  /** The tag of the node. */
  nodeTag = 0;
  nodePort = 5000;
  nodeTsn = 0;

  constructor(limits: Partial<AssociationLimits> = {}) {
    this.node = this.network.add('n', { limits, listeningPort: 5000 });
    this.network.filter = (packet, { to }) => {
      if (to === 'h') this.told.push(parsePacket(packet));
      return true;
    };
  }

  /** Sends chunks with the right tag, unless another is given, and lets everything happen that follows within 5 ms. */
  say(chunks: readonly ChunkOf[], { tag = this.nodeTag, from = 'h' } = {}): ParsedPacket[] {
    return this.sayBytes(packetOf({ source: this.port, destination: this.nodePort, tag, chunks }), from);
  }

  sayBytes(bytes: Uint8Array, from = 'h'): ParsedPacket[] {
    this.told.length = 0;
    this.node.receive(bytes, from);
    this.network.run(undefined, 5);
    return this.told.slice();
  }

  /** Waits, and gives back what was told meanwhile. */
  wait(forMs: number): ParsedPacket[] {
    this.told.length = 0;
    this.network.run(undefined, forMs);
    return this.told.slice();
  }

  /** INIT, and the cookie that comes back. */
  init(tag = TAG, options: Parameters<typeof initOf>[1] = {}): Uint8Array {
    const [answer] = this.say([{ type: 1, body: initOf(tag, options) }], { tag: 0 });
    const body = answer!.chunks[0]!.body;
    this.nodeTag = body.readUInt32BE(0);
    this.nodeTsn = body.readUInt32BE(12);
    return new Uint8Array(body.subarray(20, 16 + body.readUInt16BE(18)));
  }

  /** The whole handshake as the one who calls. */
  associate(tag = TAG, options: Parameters<typeof initOf>[1] = {}): Party {
    const cookie = this.init(tag, options);
    this.say([{ type: 10, body: cookie }]);
    return this.node.accepted.at(-1)!;
  }

  /** The node calls, and waits for INIT ACK. */
  called(): Party {
    this.told.length = 0;
    const party = this.node.connect('h', { peerPort: this.port });
    this.network.run(undefined, 5);
    const init = this.told[0]!;
    this.nodeTag = init.chunks[0]!.body.readUInt32BE(0);
    this.nodeTsn = init.chunks[0]!.body.readUInt32BE(12);
    this.nodePort = init.source;
    return party;
  }
}

export function typesOf(packets: readonly ParsedPacket[]): number[][] {
  return packets.map(({ chunks }) => chunks.map(({ type }) => type));
}
