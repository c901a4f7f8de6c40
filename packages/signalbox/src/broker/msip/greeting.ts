/**
 * HELLO at the broker: who it is, whether it may, which session it gets, and the ACK that says so. It must not know what
 * follows. docs/msip.md, §3.1, §4, §9
 */
import { utf8Length, writeUtf8 } from '../../bytes/utf8.ts';
import { ReasonCode } from '../../mqtt/reason-codes.ts';
import type { Frame, HelloFrame } from '../../msip/frame.ts';
import { Flags } from '../../msip/header.ts';
import { admitted, isAdmission, isOver, isRefusal, NO_GROUPS } from '../admission/admission.ts';
import { Admitting, ownerOf } from '../admission/admitting.ts';
import { sentenceFor } from '../connection/explanations.ts';
import { MSIP_VERSION } from '../connection/link.ts';
import { type AuthenticationResult, after, type ClientInfo, type Maybe } from '../hooks.ts';
import { redirectionCode } from '../redirection.ts';
import type { ClientSession } from '../sessions/client-session.ts';
import { review } from '../sessions/reviewing.ts';
import { storeReasonCode } from '../store/store-error.ts';
import type { MsipLink } from './msip-link.ts';
import { changeMode } from './session-mode.ts';

/** As long as an MQTT client identifier can be. */
const LONGEST_CLIENT_ID = 0xffff;

export class Greeting {
  readonly #link: MsipLink;
  readonly #frame: HelloFrame;
  /** Undefined: the client brought an id of its own. */
  readonly #assigned: bigint | undefined;
  #client: ClientInfo;

  /** The frame must hold bytes of its own. */
  constructor(link: MsipLink, frame: Frame) {
    this.#link = link;
    this.#frame = frame as HelloFrame;
    const { clientId, username } = this.#frame;
    this.#assigned = clientId === '' ? link.exchange.assignClientNumber() : undefined; // [MSIP-3.1-5] [MSIP-4-6]
    this.#client = {
      clientId: this.#assigned === undefined ? clientId : String(this.#assigned),
      username,
      protocolVersion: MSIP_VERSION,
      remoteAddress: link.transport.remoteAddress,
      listener: link.entrance.url,
      certificate: link.transport.peerCertificate(),
      groups: NO_GROUPS,
      acl: undefined,
      expiresAt: undefined,
    };
  }

  /** Answers the HELLO, now or when the hooks have. */
  decide(): Maybe<void> {
    const link = this.#link;
    link.client = this.#client;
    const refusal = this.#precheck();
    if (refusal !== 0) return this.#refuse(refusal);
    const { username, password } = this.#frame;
    const credentials = { username, password, cleanStart: false, will: undefined, userProperties: [] };
    return new Admitting(link, { credentials, onAnswer: (answer) => this.#onAnswer(answer) }).start();
  }

  #onAnswer(answer: AuthenticationResult): Maybe<void> {
    const link = this.#link;
    if (link.isClosed) return undefined;
    if (!isAdmission(answer)) return this.#refuse(isRefusal(answer) ? answer : ReasonCode.NotAuthorized);
    this.#client = admitted(this.#client, answer, link.exchange.clock);
    if (isOver(this.#client, link.exchange.now())) return this.#refuse(ReasonCode.NotAuthorized);
    link.owner = ownerOf(answer);
    return this.#accept();
  }

  #precheck(): number {
    const { redirection, intake } = this.#link.exchange;
    if (redirection !== undefined) return redirectionCode(redirection);
    if (intake.overload.isOn) return ReasonCode.ServerBusy;
    if (utf8Length(this.#frame.clientId) > LONGEST_CLIENT_ID) return ReasonCode.ClientIdentifierNotValid;
    return this.#isThereRoom(this.#kept()) ? 0 : ReasonCode.QuotaExceeded;
  }

  #isThereRoom(kept: ClientSession | undefined): boolean {
    if (kept !== undefined) return true;
    const { sessions, limits } = this.#link.exchange;
    const isAnonymous = this.#isLastingAnonymous && sessions.anonymous.size >= limits.anonymousSessions;
    return sessions.size < limits.sessions && !isAnonymous;
  }

  #hasOwnerRoom(kept: ClientSession | undefined): boolean {
    const { owner, exchange } = this.#link;
    const { remoteAddress } = this.#client;
    return this.#sessionSeconds === 0 || exchange.sessions.owners.hasRoomFor({ owner, remoteAddress }, kept);
  }

  get #isLastingAnonymous(): boolean {
    return this.#client.username === undefined && this.#sessionSeconds > 0;
  }

  get #isAcknowledged(): boolean {
    return (this.#frame.flags & Flags.AckRequired) !== 0;
  }

  /** A client cannot say how long it wants to be remembered. */
  get #sessionSeconds(): number {
    const { msipSessionSeconds, msipAcknowledgedSessionSeconds, sessionExpiryInterval } = this.#link.exchange.limits;
    const wanted = this.#isAcknowledged ? msipAcknowledgedSessionSeconds : msipSessionSeconds;
    return Math.min(wanted, sessionExpiryInterval); // [MSIP-4-5]
  }

  /** The session under this id; or the one that a HELLO with this number has opened. */
  #kept(): ClientSession | undefined {
    const { sessions, helloNumbers } = this.#link.exchange;
    const { clientId } = this.#frame;
    if (clientId === '') return undefined;
    return sessions.get(clientId) ?? helloNumbers.find(clientId, this.#link.owner); // [MSIP-4-2] [MSIP-4-3]
  }

  /** Under the number of its HELLO a client is the same one still. */
  #isBanned({ clientId }: ClientSession): boolean {
    const { warden, lastNow } = this.#link.exchange;
    return warden.isFlapping({ ...this.#client, clientId, owner: this.#link.owner }, lastNow);
  }

  #refuse(reasonCode: number): void {
    const link = this.#link;
    const { exchange } = link;
    exchange.statistics.onRefused(reasonCode);
    const { redirection } = exchange;
    const where = redirection === undefined ? '' : `: ${redirection.serverReference}`;
    // [MSIP-3.1-10] [MSIP-9-3]
    link.leave(this.#frame.msgId, `${sentenceFor('connack', reasonCode)}${where}`);
    exchange.events.emit('refused', { client: this.#client, reasonCode });
  }

  /** What the client said on an earlier connection comes before anything it says on this one. */
  #accept(): Maybe<void> {
    const kept = this.#kept();
    // What waits in the session of another user is not for this one, nor is it for this one to end it.
    if (kept?.owner !== undefined && kept.owner !== this.#link.owner) {
      return this.#refuse(ReasonCode.ClientIdentifierNotValid); // [MSIP-4-1]
    }
    if (kept !== undefined && this.#isBanned(kept)) return this.#refuse(ReasonCode.Banned);
    const former = kept?.link;
    if (former === undefined) {
      const hasRoom = this.#isThereRoom(kept) && this.#hasOwnerRoom(kept);
      return hasRoom ? this.#begin(kept) : this.#refuse(ReasonCode.QuotaExceeded);
    }
    // [MSIP-4-4]
    return after(former.takeOver(), () => (this.#link.isClosed ? undefined : this.#accept()));
  }

  #begin(kept: ClientSession | undefined): Maybe<void> {
    const link = this.#link;
    const { exchange } = link;
    const { sessions, statistics, commits } = exchange;
    if (kept !== undefined) this.#client = { ...this.#client, clientId: kept.clientId };
    link.client = this.#client;
    const needsStore = kept?.isStored === true || this.#sessionSeconds > 0;
    if (commits.failure !== undefined && needsStore) return this.#refuse(storeReasonCode(commits.failure));
    const { session, isPresent } = sessions.open(this.#client.clientId, 'resume');
    link.session = session;
    link.wantsAcknowledged = this.#isAcknowledged;
    session.link = link;
    const { helloMsgId = String(this.#frame.msgId) } = session;
    exchange.helloNumbers.forget(session);
    session.owner = link.owner;
    exchange.helloNumbers.enter(session, helloMsgId);
    statistics.connected++;
    statistics.connectedMaximum = Math.max(statistics.connectedMaximum, statistics.connected);
    sessions.update(session, this.#sessionSeconds, undefined);
    if (session.isPersistent) sessions.owners.enter(session, { ...this.#client, owner: link.owner });
    else sessions.owners.leave(session);
    if (this.#isLastingAnonymous) sessions.anonymous.add(session);
    else sessions.anonymous.delete(session);
    changeMode(exchange, session, this.#isAcknowledged ? 'acknowledged' : 'plain');
    // What its client may do can have changed while it was away.
    const reviewed = isPresent ? review(exchange, session, this.#client) : undefined;
    return after<unknown, void>(reviewed, () => this.#commit(session, isPresent, needsStore));
  }

  #commit(session: ClientSession, isPresent: boolean, needsStore: boolean): Maybe<void> {
    const link = this.#link;
    const { exchange } = link;
    if (!link.isClosed) exchange.subscribing.enterAutomatic(session, this.#client);
    if (exchange.commits.settle(link.durability) || !needsStore) return this.#greet(session, isPresent);
    return new Promise((resolve, reject) => {
      const onCommitted = (error: Error | undefined): void => {
        try {
          if (error === undefined) this.#greet(session, isPresent);
          else if (!link.isClosed) this.#refuse(storeReasonCode(error));
          resolve();
        } catch (problem) {
          reject(problem); // who waits for this session must not do so for ever
        }
      };
      exchange.commits.wait({ onCommitted });
    });
  }

  #greet(session: ClientSession, isPresent: boolean): void {
    const link = this.#link;
    const { exchange } = link;
    if (link.isClosed) return;
    link.greetedSecond = exchange.secondsUp();
    link.isAnnounced = true;
    // Behind its HELLO it can have taken leave, or said what is no MSIP: what came between is done, without an answer. [MSIP-3.10-4]
    if (link.connection.state === 'greeting') this.#welcome(session);
    exchange.events.emit('connected', { client: this.#client, sessionPresent: isPresent });
  }

  #welcome(session: ClientSession): void {
    const link = this.#link;
    const { limits, wheel, dispatcher } = link.exchange;
    link.connection.maximumPayloadLength = limits.packetSize;
    link.output.isBlocked = false;
    const granted = link.acknowledgesEvents ? 'acknowledged' : 'plain';
    link.connection.welcome(this.#identity(session), granted, link);
    wheel.schedule(link);
    link.events.begin();
    dispatcher.resume(session);
  }

  /** An assigned number is 8 bytes; an id of the client's own is repeated. */
  #identity({ clientId }: ClientSession): Uint8Array {
    if (this.#assigned !== undefined) {
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigUint64(0, this.#assigned);
      return bytes;
    }
    const bytes = new Uint8Array(utf8Length(clientId));
    writeUtf8(bytes, 0, clientId);
    return bytes; // [MSIP-3.1-6]
  }
}
