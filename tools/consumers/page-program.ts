// A page of somebody else, without the types of Node: it is compiled against the published declarations as bundlers set TypeScript up,
// and never run.

import { connect } from 'signalbox';
import { writePacket } from 'signalbox/mqtt';
import { MsipClient } from 'signalbox/msip';

const client = await connect('wss://localhost/mqtt');
await client.subscribe('a/#', (message) => void document.body.append(message.text));
await client.publish('a/b', 'hello', { qos: 2 });

export const other = new MsipClient({ url: 'wss://localhost/msip' });
export const bytes: Uint8Array = writePacket({ type: 'pingreq' }, { protocolVersion: 5, packetIdentifierSize: 2 });
