/**
 * CONNECT at the broker (§3.1.4): who it is, whether it may, which session it gets, and the CONNACK that says so with the
 * limits that are enforced. It must not know what follows.
 */
import type { ConnectPacket, Will } from '../../mqtt/packets/connect.ts';
import type { ConnackProperties } from '../../mqtt/properties.ts';
import { ConnectReturnCode, ReasonCode } from '../../mqtt/reason-codes.ts';
import { admitted, isAdmission, isOver, isRefusal, NO_GROUPS } from '../admission/admission.ts';
import { Admitting, type EnhancedRequest, ownerOf } from '../admission/admitting.ts';
import { Authenticating } from '../admission/authenticating.ts';
import type { AuthenticationMethod } from '../admission/authentication-method.ts';
import { createWillMessage } from '../delivery/created-message.ts';
import { type AuthenticationResult, after, type ClientInfo, type Maybe } from '../hooks.ts';
import { type Redirection, redirectionCode } from '../redirection.ts';
import type { ClientSession } from '../sessions/client-session.ts';
import { review } from '../sessions/reviewing.ts';
import type { StoredWill } from '../store/store.ts';
import { storeReasonCode } from '../store/store-error.ts';
import { announcementsOf } from './announcements.ts';
import type { ClientLink } from './client-link.ts';
import { OutgoingAliases } from './outgoing-aliases.ts';
import { withOwnBytes } from './own-bytes.ts';

export class Connecting {
  readonly #link: ClientLink;
  readonly #packet: ConnectPacket;
  #client: ClientInfo;
  readonly #assignedClientId: string | undefined;
  #authenticationData: Uint8Array | undefined = undefined;

  constructor(link: ClientLink, packet: ConnectPacket) {
    this.#link = link;
    this.#packet = withOwnBytes(packet);
    const { protocolVersion, username } = packet;
    this.#assignedClientId = packet.clientId === '' ? link.exchange.assignClientId() : undefined; // [MQTT-3.1.3-6] [MQTT-3.1.3-6@3.1.1]
    this.#client = {
      clientId: this.#assignedClientId ?? packet.clientId,
      username,
      protocolVersion,
      remoteAddress: link.transport.remoteAddress,
      listener: link.entrance.url,
      certificate: link.transport.peerCertificate(), // also without TLS: a proxy in front may have looked at one
      groups: NO_GROUPS,
      acl: undefined,
      expiresAt: undefined,
    };
  }

  /** Answers the CONNECT, now or when the hooks have. */
  decide(): Maybe<void> {
    const link = this.#link;
    link.client = this.#client;
    link.protocolVersion = this.#packet.protocolVersion;
    link.isBridge = this.#packet.bridge;
    const refusal = this.#precheck();
    if (refusal !== 0) {
      this.#refuse(refusal);
      return undefined;
    }
    const { username, password, cleanStart, will, properties } = this.#packet;
    const credentials = { username, password, cleanStart, will, userProperties: properties.userProperties ?? [] };
    const onAnswer = (answer: AuthenticationResult, data: Uint8Array | undefined) => this.#onAnswer(answer, data);
    return new Admitting(link, { credentials, enhanced: this.#enhanced(), onAnswer }).start();
  }

  #enhanced(): EnhancedRequest | undefined {
    const { authenticationMethod: method, authenticationData: data } = this.#packet.properties;
    if (method === undefined) return undefined;
    const begin = (found: AuthenticationMethod): Authenticating => {
      const authenticating = new Authenticating(this.#link, found);
      this.#link.authentication = authenticating;
      return authenticating;
    };
    return { method, data, begin };
  }

  #onAnswer(answer: AuthenticationResult, data: Uint8Array | undefined): Maybe<void> {
    const link = this.#link;
    if (link.isClosed) return undefined;
    if (!isAdmission(answer)) return this.#refuse(isRefusal(answer) ? answer : ReasonCode.NotAuthorized);
    this.#client = admitted(this.#client, answer, link.exchange.clock);
    if (isOver(this.#client, link.exchange.now())) return this.#refuse(ReasonCode.NotAuthorized);
    link.client = this.#client;
    link.owner = ownerOf(answer);
    this.#authenticationData = data;
    return after(this.#authorizeWill(), (isAllowed) => {
      if (link.isClosed) return undefined;
      return isAllowed === true ? this.#accept() : this.#refuse(ReasonCode.NotAuthorized);
    });
  }

  #precheck(): number {
    const { clientId, cleanStart, protocolVersion } = this.#packet;
    if (this.#link.exchange.redirection !== undefined) return redirectionCode(this.#link.exchange.redirection);
    if (clientId === '' && !cleanStart && protocolVersion !== 5) return ReasonCode.ClientIdentifierNotValid; // [MQTT-3.1.3-8@3.1.1]
    if (this.#link.exchange.intake.overload.isOn) return ReasonCode.ServerBusy;
    return this.#isThereRoom() ? 0 : ReasonCode.QuotaExceeded;
  }

  #isThereRoom(): boolean {
    const { sessions, limits } = this.#link.exchange;
    const { will } = this.#packet;
    if (will !== undefined && sessions.willBytes + will.payload.length > limits.willBytes) return false;
    if (sessions.get(this.#client.clientId) !== undefined) return true;
    const isAnonymous = this.#isLastingAnonymous && sessions.anonymous.size >= limits.anonymousSessions;
    return sessions.size < limits.sessions && !isAnonymous;
  }

  /** Whether whoever it is may have another session that lasts. */
  #hasOwnerRoom(kept: ClientSession | undefined): boolean {
    const { owner, exchange } = this.#link;
    const { remoteAddress } = this.#client;
    return this.#sessionExpiryInterval() === 0 || exchange.sessions.owners.hasRoomFor({ owner, remoteAddress }, kept);
  }

  /** Whoever made a session that lasts without saying who he is, can make as many as he likes. */
  get #isLastingAnonymous(): boolean {
    return this.#client.username === undefined && this.#sessionExpiryInterval() > 0;
  }

  #authorizeWill(): Maybe<boolean> {
    const { authorize } = this.#link.exchange.hooks;
    const { addressing } = this.#link.exchange;
    const { will } = this.#packet;
    return authorize === undefined || will === undefined
      ? true
      : authorize(this.#client, 'publish', addressing.destination(this.#topicOf(will)));
  }

  #refuse(reasonCode: number): void {
    const link = this.#link;
    const { exchange } = link;
    exchange.statistics.onRefused(reasonCode);
    const code = this.#packet.protocolVersion === 5 ? reasonCode : returnCode(reasonCode);
    const isSentElsewhere = reasonCode === ReasonCode.UseAnotherServer || reasonCode === ReasonCode.ServerMoved;
    const properties = isSentElsewhere && this.#packet.protocolVersion === 5 ? reference(exchange.redirection) : {};
    link.send({ type: 'connack', reasonCode: code, properties }); // [MQTT-3.1.4-2] [MQTT-3.1.3-8] [MQTT-4.12.0-4] [MQTT-3.1.3-9@3.1.1]
    link.disconnect(reasonCode);
    exchange.events.emit('refused', { client: this.#client, reasonCode });
  }

  /** What the client said on an earlier connection comes before anything it says on this one. */
  #accept(): Maybe<void> {
    const kept = this.#link.exchange.sessions.get(this.#client.clientId);
    // What waits in the session of another user is not for this one, nor is it for this one to end it.
    const isOthers = kept?.owner !== undefined && kept.owner !== this.#link.owner;
    if (isOthers) return this.#refuse(ReasonCode.ClientIdentifierNotValid);
    const former = kept?.link;
    // While the hooks were asked, others may have taken the last places.
    if (former === undefined) {
      const hasRoom = this.#isThereRoom() && this.#hasOwnerRoom(kept);
      return hasRoom ? this.#begin() : this.#refuse(ReasonCode.QuotaExceeded);
    }
    return after(former.takeOver(), () => (this.#link.isClosed ? undefined : this.#accept())); // [MQTT-3.1.4-3] [MQTT-3.1.4-2@3.1.1]
  }

  #begin(): Maybe<void> {
    const link = this.#link;
    const packet = this.#packet;
    const { exchange } = link;
    const { clientId } = this.#client;
    const { failure } = exchange.commits;
    const needsStore = this.#needsStore();
    if (failure !== undefined && needsStore) return this.#refuse(unavailable(failure));
    const { session, isPresent } = exchange.sessions.open(clientId, packet.cleanStart ? 'clean' : 'resume'); // [MQTT-3.1.4-4] [MQTT-3.1.4-3@3.1.1]
    link.session = session;
    session.link = link;
    exchange.helloNumbers.forget(session); // it speaks MQTT from now on
    session.owner = link.owner;
    exchange.statistics.connected++;
    exchange.statistics.connectedMaximum = Math.max(
      exchange.statistics.connectedMaximum,
      exchange.statistics.connected,
    );
    exchange.sessions.update(session, this.#sessionExpiryInterval(), this.#will());
    if (session.isPersistent) exchange.sessions.owners.enter(session, { ...this.#client, owner: link.owner });
    else exchange.sessions.owners.leave(session);
    if (this.#isLastingAnonymous) exchange.sessions.anonymous.add(session);
    else exchange.sessions.anonymous.delete(session);
    link.maximumPacketSize = packet.properties.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    const aliases = Math.min(packet.properties.topicAliasMaximum ?? 0, exchange.limits.topicAliases);
    if (aliases > 0) link.aliases = new OutgoingAliases(aliases);
    link.connection.attach(session.mqtt);
    // What its client may do can have changed while it was away.
    const reviewed = isPresent ? review(exchange, session, this.#client) : undefined;
    return after<unknown, void>(reviewed, () => this.#commit(session, isPresent, needsStore));
  }

  #commit(session: ClientSession, isPresent: boolean, needsStore: boolean): Maybe<void> {
    const link = this.#link;
    const { exchange } = link;
    if (!link.isClosed) exchange.subscribing.enterAutomatic(session, this.#client);
    if (exchange.commits.settle(link.durability) || !needsStore) return this.#greet(session, isPresent);
    // What the client says meanwhile comes after its CONNACK, and is heard of after that.
    return new Promise((resolve) => {
      const onCommitted = (error: Error | undefined) => {
        resolve(error === undefined ? this.#greet(session, isPresent) : this.#giveUp(session, error));
      };
      exchange.commits.wait({ onCommitted });
    });
  }

  /** Whether there is something to keep, or to forget. */
  #needsStore(): boolean {
    const { sessions } = this.#link.exchange;
    const session = sessions.get(this.#client.clientId);
    return session?.isStored === true || this.#sessionExpiryInterval() > 0 || this.#packet.will !== undefined;
  }

  /** Who was never told that it is connected leaves no will. */
  #giveUp(session: ClientSession, error: Error): void {
    if (this.#link.isClosed) return;
    this.#link.exchange.sessions.update(session, session.sessionExpiryInterval, undefined);
    this.#refuse(unavailable(error));
  }

  #greet(session: ClientSession, isPresent: boolean): void {
    const link = this.#link;
    const { exchange } = link;
    if (link.isClosed) return;
    link.output.isBlocked = false;
    link.greetedSecond = exchange.secondsUp();
    link.isAnnounced = true;
    const properties = announcementsOf(link, {
      packet: this.#packet,
      client: this.#client,
      assignedClientId: this.#assignedClientId,
      authenticationData: this.#authenticationData,
      sessionExpiryInterval: this.#sessionExpiryInterval(),
    });
    link.send({ type: 'connack', sessionPresent: isPresent, properties }); // [MQTT-3.2.2-2] [MQTT-3.1.4-5] [MQTT-3.2.2-3] [MQTT-3.1.4-4@3.1.1] [MQTT-3.2.2-2@3.1.1] [MQTT-3.2.2-3@3.1.1]
    exchange.wheel.schedule(link);
    exchange.dispatcher.resume(session);
    exchange.events.emit('connected', { client: this.#client, sessionPresent: isPresent });
  }

  #topicOf({ topicName }: Will): string {
    return this.#link.exchange.addressing.topicOfWill(topicName, this.#client);
  }

  #will(): StoredWill | undefined {
    const { will } = this.#packet;
    if (will === undefined) return undefined;
    const message = createWillMessage(
      this.#link.exchange,
      { ...will, topicName: this.#topicOf(will) },
      this.#client.clientId,
    );
    const { willDelayInterval = 0, messageExpiryInterval = -1 } = will.properties;
    const isAsked = this.#link.exchange.hooks.authorize !== undefined;
    return { message, willDelayInterval, messageExpiryInterval, ...(isAsked && { author: this.#client }) };
  }

  /** Seconds; before 5.0 a session lasts as long as its connection, or without end (§3.1.2.4 of 3.1.1). */
  #sessionExpiryInterval(): number {
    const { protocolVersion, cleanStart, properties } = this.#packet;
    const asked = protocolVersion === 5 ? (properties.sessionExpiryInterval ?? 0) : cleanStart ? 0 : 0xffff_ffff;
    return Math.min(asked, this.#link.exchange.limits.sessionExpiryInterval);
  }
}

/** In 3.x the former is no return code, and becomes the latter. */
function unavailable(error: Error): number {
  const reasonCode = storeReasonCode(error);
  return reasonCode === ReasonCode.QuotaExceeded ? reasonCode : ReasonCode.ServerUnavailable;
}

function reference(redirection: Redirection | undefined): ConnackProperties {
  return redirection === undefined ? {} : { serverReference: redirection.serverReference };
}

/** The return code of 3.1.1 that says most nearly what the reason code says (§3.2.2.3 of 3.1.1). */
function returnCode(reasonCode: number): number {
  switch (reasonCode) {
    case ReasonCode.UnsupportedProtocolVersion:
      return ConnectReturnCode.UnacceptableProtocolVersion;
    case ReasonCode.ClientIdentifierNotValid:
      return ConnectReturnCode.IdentifierRejected;
    case ReasonCode.BadUserNameOrPassword:
      return ConnectReturnCode.BadUserNameOrPassword;
    case ReasonCode.NotAuthorized:
    case ReasonCode.Banned:
      return ConnectReturnCode.NotAuthorized;
    default:
      return ConnectReturnCode.ServerUnavailable;
  }
}
