// A stand-in of the reference TypeScript client of MSIP with its habits (docs/msip.md, Appendix A): after its first HELLO its
// client id is the decimal text of that HELLO's msg_id, messages are forced to text, it reconnects by itself and forgets its
// subscriptions. Programs made for the reference are written against this.

import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  FLAG,
  KIND,
  partsOf,
  TYPE,
  type TypeName,
  topicAndMessage,
  type WireFrame,
  type WireHeader,
  WireSplitter,
  wire,
} from './msip-wire.ts';

export interface MsipReferenceClientOptions {
  readonly clientId?: string;
  readonly host?: string;
  readonly port?: number;
  readonly autoReconnect?: boolean;
  /** In ms. */
  readonly reconnectDelay?: number;
  /** 0: without end. */
  readonly maxReconnectAttempts?: number;
  /** In ms; 0: off. */
  readonly pingInterval?: number;
  /** The msg_id before the first one: for tests that want to know them. Default: random. */
  readonly msgIdsFrom?: bigint;
}

export interface MsipReferenceMessage {
  readonly header: WireHeader;
  readonly topic: string;
  readonly message: string;
}

interface Events {
  connect: [];
  disconnect: [];
  reconnecting: [attempt: number];
  message: [topic: string, message: string];
  event: [MsipReferenceMessage];
  ack: [msgId: bigint];
  pong: [];
  error: [Error];
  frame: [header: WireHeader, payload: Buffer];
}

export class MsipReferenceClient extends EventEmitter<Events> {
  readonly options: Required<Omit<MsipReferenceClientOptions, 'msgIdsFrom'>>;
  clientId: string;
  #socket: Socket | undefined;
  #isConnected = false;
  #hasSaidHello = false;
  #isStopped = false;
  #attempts = 0;
  #msgId: bigint;
  #pingTimer: ReturnType<typeof setInterval> | undefined;
  #reconnectTimer: ReturnType<typeof setTimeout> | undefined;

  constructor({ msgIdsFrom, ...options }: MsipReferenceClientOptions = {}) {
    super();
    this.options = {
      clientId: '',
      host: '127.0.0.1',
      port: 9000,
      autoReconnect: true,
      reconnectDelay: 3000,
      maxReconnectAttempts: 10,
      pingInterval: 0,
      ...options,
    };
    this.clientId = this.options.clientId;
    this.#msgId = msgIdsFrom ?? crypto.getRandomValues(new BigUint64Array(1))[0]! >> 1n;
  }

  /** Resolves when HELLO was answered. */
  connect(): Promise<void> {
    this.#isStopped = false;
    return new Promise((resolve, reject) => {
      const onConnect = (): void => {
        this.off('disconnect', onDisconnect);
        resolve();
      };
      const onDisconnect = (): void => {
        this.off('connect', onConnect);
        reject(new Error('not connected'));
      };
      this.once('connect', onConnect);
      this.once('disconnect', onDisconnect);
      this.#open();
    });
  }

  disconnect(): void {
    this.#isStopped = true;
    clearTimeout(this.#reconnectTimer);
    if (this.#socket === undefined) return;
    this.#send('close', FLAG.none, '');
    this.#socket.end();
  }

  subscribe(topic: string, requireAck = true): bigint {
    return this.#send('subscribe', requireAck ? FLAG.ackRequired : FLAG.none, topic);
  }

  unsubscribe(topic: string, requireAck = true): bigint {
    return this.#send('unsubscribe', requireAck ? FLAG.ackRequired : FLAG.none, topic);
  }

  publish(topic: string, message: unknown, flags: number = FLAG.none): bigint {
    return this.#send('publish', flags, topicAndMessage(topic, String(message)));
  }

  ping(): bigint {
    return this.#send('ping', FLAG.none, '');
  }

  sendRawFrame(frame: Uint8Array): void {
    if (this.#socket === undefined) throw new Error('not connected');
    this.#socket.write(frame);
  }

  isConnected(): boolean {
    return this.#isConnected;
  }

  #open(): void {
    const splitter = new WireSplitter();
    const socket = connect({ host: this.options.host, port: this.options.port, noDelay: true });
    this.#socket = socket;
    socket.on('connect', () => this.#hello());
    socket.on('data', (bytes) => {
      for (const frame of splitter.take(bytes)) this.#onFrame(frame);
    });
    socket.on('error', (error) => {
      if (this.listenerCount('error') > 0) this.emit('error', error);
    });
    socket.on('close', () => this.#onClose());
  }

  /** The habit: from the second HELLO on, the client is called by the msg_id of the first. */
  #hello(): void {
    const msgId = this.#send('hello', FLAG.none, this.clientId);
    if (!this.#hasSaidHello) this.clientId = String(msgId);
    this.#hasSaidHello = true;
  }

  #onFrame(frame: WireFrame): void {
    const { payload, ...header } = frame;
    this.emit('frame', header, Buffer.from(payload));
    switch (frame.frameType) {
      case TYPE.ack:
        if (!this.#isConnected && frame.msgKind === KIND.state) this.#onWelcome();
        this.emit('ack', frame.msgId);
        return;
      case TYPE.event:
        this.#onEvent(header, payload);
        return;
      case TYPE.pong:
        this.emit('pong');
        return;
      case TYPE.error:
        if (this.listenerCount('error') > 0) this.emit('error', new Error(Buffer.from(payload).toString('utf8')));
        return;
      case TYPE.close:
        this.#socket?.end();
    }
  }

  #onWelcome(): void {
    this.#isConnected = true;
    this.#attempts = 0;
    const { pingInterval } = this.options;
    if (pingInterval > 0) this.#pingTimer = setInterval(() => this.ping(), pingInterval);
    this.emit('connect');
  }

  #onEvent(header: WireHeader, payload: Uint8Array): void {
    const parts = partsOf(payload);
    if (parts === undefined) return;
    const message = Buffer.from(parts.message).toString('utf8');
    this.emit('message', parts.topic, message);
    this.emit('event', { header, topic: parts.topic, message });
  }

  /** Reconnects, and does not subscribe again. */
  #onClose(): void {
    this.#socket = undefined;
    this.#isConnected = false;
    clearInterval(this.#pingTimer);
    this.emit('disconnect');
    const { autoReconnect, maxReconnectAttempts, reconnectDelay } = this.options;
    if (this.#isStopped || !autoReconnect) return;
    if (maxReconnectAttempts > 0 && this.#attempts >= maxReconnectAttempts) return;
    this.#attempts++;
    this.emit('reconnecting', this.#attempts);
    this.#reconnectTimer = setTimeout(() => this.#open(), reconnectDelay);
  }

  #send(type: TypeName, flags: number, payload: Uint8Array | string): bigint {
    if (this.#socket === undefined) throw new Error('not connected');
    this.#msgId += 1n;
    this.#socket.write(wire(type, { flags, msgId: this.#msgId, payload }));
    return this.#msgId;
  }
}
