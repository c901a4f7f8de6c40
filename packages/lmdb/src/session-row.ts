/** A session, its subscriptions and its deliveries as bytes. */
import type {
  DeliveryStage,
  KeptMessage,
  RestoredDelivery,
  StoredDelivery,
  StoredSession,
  StoredSubscription,
  StoredWill,
} from 'signalbox/broker';
import { authorBytes, readAuthor } from './author-row.ts';
import { messageSize, readMessage, writeMessage } from './message-row.ts';
import type { RowReader } from './row-reader.ts';

const IS_AWAY = 0x01;
const HAS_WILL = 0x02;
const HAS_OWNER = 0x04;
const HAS_HELLO = 0x08;
const HAS_AUTHOR = 0x10;

const QOS = 0x03;
const NO_LOCAL = 0x04;
const RETAIN_AS_PUBLISHED = 0x08;
const RETAIN_HANDLING_SHIFT = 4;
const IS_LOOKING_UP = 0x40;

const RETAIN = 0x04;
const STAGE_SHIFT = 3;
const HAS_IDENTIFIERS = 0x20;
const HAS_MESSAGE = 0x40;
const STAGES: readonly DeliveryStage[] = ['queued', 'sent', 'received'];

export function sessionRow(session: StoredSession): Buffer {
  const { clientId, owner, helloMsgId, sessionExpiryInterval, disconnectedAt, will } = session;
  const length = Buffer.byteLength(clientId);
  const ownerSize = owner === undefined ? 0 : 4 + Buffer.byteLength(owner);
  const size =
    1 + 2 + length + 4 + (disconnectedAt === undefined ? 0 : 8) + ownerSize + (helloMsgId === undefined ? 0 : 8);
  const author = will?.author === undefined ? undefined : authorBytes(will.author);
  const willSize = will === undefined ? 0 : 12 + (author?.length ?? 0) + messageSize(will.message);
  const row = Buffer.allocUnsafe(size + willSize);
  row[0] =
    (disconnectedAt === undefined ? 0 : IS_AWAY) |
    (will === undefined ? 0 : HAS_WILL) |
    (owner === undefined ? 0 : HAS_OWNER) |
    (helloMsgId === undefined ? 0 : HAS_HELLO) |
    (author === undefined ? 0 : HAS_AUTHOR);
  let at = row.writeUInt16BE(length, 1);
  at += row.write(clientId, at);
  at = row.writeUInt32BE(sessionExpiryInterval, at);
  if (disconnectedAt !== undefined) at = row.writeDoubleBE(disconnectedAt, at);
  if (owner !== undefined) {
    at = row.writeUInt32BE(ownerSize - 4, at);
    at += row.write(owner, at);
  }
  if (helloMsgId !== undefined) at = row.writeBigUInt64BE(BigInt(helloMsgId), at);
  if (will !== undefined) {
    at = row.writeUInt32BE(will.willDelayInterval, at);
    at = row.writeDoubleBE(will.messageExpiryInterval, at);
    if (author !== undefined) at += author.copy(row, at);
    writeMessage(row, at, will.message);
  }
  return row;
}

export function readSession(row: RowReader): StoredSession {
  const flags = row.u8();
  const clientId = row.text(row.u16());
  const sessionExpiryInterval = row.u32();
  const disconnectedAt = (flags & IS_AWAY) === 0 ? undefined : row.f64();
  const owner = (flags & HAS_OWNER) === 0 ? {} : { owner: row.text(row.u32()) };
  const hello = (flags & HAS_HELLO) === 0 ? {} : { helloMsgId: String(row.u64()) };
  const will = (flags & HAS_WILL) === 0 ? undefined : readWill(row, flags);
  return { clientId, ...owner, ...hello, sessionExpiryInterval, disconnectedAt, will };
}

function readWill(row: RowReader, flags: number): StoredWill {
  const willDelayInterval = row.u32();
  const messageExpiryInterval = row.f64();
  const author = (flags & HAS_AUTHOR) === 0 ? {} : { author: readAuthor(row) };
  return { message: readMessage(row), willDelayInterval, messageExpiryInterval, ...author };
}

export function subscriptionRow(subscription: StoredSubscription): Buffer {
  const { topicFilter, qos, noLocal, retainAsPublished, retainHandling, subscriptionIdentifier } = subscription;
  const row = Buffer.allocUnsafe(1 + 4 + Buffer.byteLength(topicFilter));
  row[0] =
    qos |
    (noLocal ? NO_LOCAL : 0) |
    (retainAsPublished ? RETAIN_AS_PUBLISHED : 0) |
    (retainHandling << RETAIN_HANDLING_SHIFT) |
    (subscription.isLookingUp === true ? IS_LOOKING_UP : 0);
  row.writeUInt32BE(subscriptionIdentifier, 1);
  row.write(topicFilter, 5);
  return row;
}

export function readSubscription(row: RowReader): StoredSubscription {
  const flags = row.u8();
  const subscriptionIdentifier = row.u32();
  return {
    topicFilter: row.restText(),
    qos: (flags & QOS) as 0 | 1 | 2,
    noLocal: (flags & NO_LOCAL) !== 0,
    retainAsPublished: (flags & RETAIN_AS_PUBLISHED) !== 0,
    retainHandling: ((flags >> RETAIN_HANDLING_SHIFT) & 3) as 0 | 1 | 2,
    subscriptionIdentifier,
    ...((flags & IS_LOOKING_UP) === 0 ? {} : { isLookingUp: true }),
  };
}

/** `form` says whether the message is in the row or has a row of its own. */
export function deliveryRow(
  { message, qos, retain, subscriptionIdentifiers }: StoredDelivery,
  progress: { readonly stage: DeliveryStage; readonly packetIdentifier: number },
  form: 'inline' | 'shared',
): Buffer {
  const identifiers = subscriptionIdentifiers ?? [];
  const size = 1 + 2 + (identifiers.length > 0 ? 2 + 4 * identifiers.length : 0);
  const row = Buffer.allocUnsafe(size + (form === 'inline' ? messageSize(message) : 0));
  row[0] =
    qos |
    (retain ? RETAIN : 0) |
    (STAGES.indexOf(progress.stage) << STAGE_SHIFT) |
    (identifiers.length > 0 ? HAS_IDENTIFIERS : 0) |
    (form === 'inline' ? HAS_MESSAGE : 0);
  let at = row.writeUInt16BE(progress.packetIdentifier, 1);
  if (identifiers.length > 0) {
    at = row.writeUInt16BE(identifiers.length, at);
    for (const identifier of identifiers) at = row.writeUInt32BE(identifier, at);
  }
  if (form === 'inline') writeMessage(row, at, message);
  return row;
}

/** `shared` is the message of this delivery if it has a row of its own; undefined when it has none anywhere. */
export function readDelivery(
  row: RowReader,
  shared: KeptMessage | undefined,
): { readonly delivery: RestoredDelivery; readonly form: 'inline' | 'shared' } | undefined {
  const flags = row.u8();
  const packetIdentifier = row.u16();
  const identifiers: number[] = [];
  if ((flags & HAS_IDENTIFIERS) !== 0) for (let left = row.u16(); left > 0; left--) identifiers.push(row.u32());
  const form = (flags & HAS_MESSAGE) === 0 ? 'shared' : 'inline';
  const message = form === 'inline' ? readMessage(row) : shared;
  if (message === undefined) return undefined;
  const delivery: RestoredDelivery = {
    message,
    qos: (flags & QOS) as 0 | 1 | 2,
    retain: (flags & RETAIN) !== 0,
    subscriptionIdentifiers: identifiers.length === 0 ? undefined : identifiers,
    stage: STAGES[(flags >> STAGE_SHIFT) & 3] ?? 'queued',
    packetIdentifier,
  };
  return { delivery, form };
}
