// What is always the same in a bundle for pages, because there the core has one owner, the client. It becomes a constant, so that
// what hangs on it is left out. build.ts fails when a text is not found, and a test when the client uses one of the options.

import { childrenOf, type Edit, edited, type Node, parsed } from './texts.ts';

/** Options of a connection which the client never gives: client-core.ts makes the only one. */
export const UNUSED_OPTIONS = [
  ...['protocolVersion', 'explainsErrors', 'automaticAcknowledge', 'offlinePublish', 'readLimits', 'publishToStore'],
  ...['maximumConnectSize', 'packetIdentifierSize', 'pingIntervalMs', 'pingResponseTimeoutMs', 'pingRequestTimeoutMs'],
];

/** Members that have one value wherever they are read. */
const MEMBERS: ReadonlyMap<string, string> = new Map([
  ['packetIdentifierSize', '2'],
  ['side', "'client'"],
  ['ownsWriter', 'false'],
  ['hasReadyPubrec', 'false'],
  ['everyPacket', 'false'],
]);

/** No read limits: what is counted for them is not. */
const NO_COUNTING = {
  '    if (limits !== undefined)\n        reader.limits = limits;\n': '',
};

/** Texts of one module and what they are there. The client speaks 5.0 and 3.1.1, and gives a sink that has every method, one session, messages of its own. */
const TEXTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Options are checked while a page is developed.
  'client/browser.js': { ', check: checkClientOptions, checks: OPERATION_CHECKS': '' },
  'client/connect.js': { '    platform.check(options);\n': '' },
  'client/client.js': {
    '        const problem = machine.checks.publish(topicName, options);\n        if (problem !== undefined)\n            return Promise.reject(problem);\n':
      '',
    '        const problem = this.#machine.checks.subscribe(options);\n        if (problem !== undefined)\n            return Promise.reject(problem);\n':
      '',
    '        const problem = this.#machine.checks.publish(topicName, options);\n        if (problem !== undefined)\n            throw problem;\n':
      '',
    '        const problem = this.#machine.checks.reply(handler);\n        if (problem !== undefined)\n            throw problem;\n':
      '',
  },
  'client/clock.js': { "typeof setImmediate === 'function'": 'false' },
  // What comes back to a page that stood still is timers and messages; this lets messages go first, as a turn does in Node.
  'client/deadline-timer.js': { 'this.#clock.soon(this.#tell)': 'this.#clock.after(0, this.#tell)' },
  // No transport of a page has memory to give away.
  'client/network-connection.js': {
    '        this.#receive(bytes, false);\n    }\n    onFreshBytes(bytes) {\n        this.#receive(bytes, true);\n        return this.memory.isKept;\n    }\n    #receive(bytes, isFresh) {\n        const { memory } = this;\n':
      '',
    '        memory.begin(bytes, isFresh);\n': '',
    '        memory.end();\n': '',
  },
  'client/machine.js': {
    ', checks }': ' }',
    '        this.checks = checks;\n': '',
    '    checks;\n': '',
    'this.rooms.areAtHand': 'false',
    'rooms.areAtHand': 'false',
  },
  'client/opening.js': { 'room instanceof Promise': 'true' },
  'client/client-core.js': { 'tolerances: QOS_AS_REASON_CODE,': '' },
  'mqtt/listening-half.js': { 'send: sendAcknowledgement': 'send: undefined' },
  'mqtt/client-handshake.js': { "hasClientId: (connect.clientId ?? '') !== '', ": '' },
  'mqtt/connection-core.js': {
    "this.state === 'connecting' && refuse !== undefined": 'false',
    'this.explains(0xe0, [error.reasonCode], error)': 'false',
    'tolerances * 64 + ': '',
    ', tolerances = 0)': ')',
    ', tolerances }': ' }',
    ', this.format.tolerances)': ')',
    ', options.tolerances)': ')',
  },
  'client/receiving/message.js': { "typeof TextDecoder !== 'function'": 'false' },
  'mqtt/connection-aliases.js': {
    'aliases.bytes <= (core.options.readLimits ?? NO_READ_LIMITS).topicAliasBytes': 'true',
  },
  'mqtt/connection-acknowledge.js': { 'session.user === core ? undefined : session.user': 'undefined' },
  'mqtt/connection-handshake.js': { ' || (core.format.protocolVersion === 3 && !core.handshake.cleanStart)': '' },
  'mqtt/connection-incoming.js': {
    'const { readLimits } = core.options;': '',
    ', readLimits);\n        if (view': ');\n        if (view',
    '        if (view.userProperties !== 0 && readLimits !== undefined)\n            checkUserProperties(readLimits, view.userProperties, view.userPropertyBytes);\n':
      '',
    'view.qos > core.own.maximumQoS': 'false',
    'view.retain && !core.own.retainAvailable': 'false',
    'core.names ?? core.requireNames()': 'core.names',
    'sink.publish !== undefined': 'true',
    'sink.released === undefined': 'false',
    'sink.released?.(': 'sink.released(',
  },
  'mqtt/connection-outgoing.js': {
    "    if (core.state === 'connected')\n        requireAccepted": '    requireAccepted',
    "if (core.state === 'connected') {\n        if (vacancy": 'if (true) {\n        if (vacancy',
    'given ?? keep(core, identified)': 'given',
    'storedPublish === undefined ? stored : storedPublish(stored)': 'storedPublish(stored)',
  },
  'mqtt/connection-receive.js': {
    'end - start === 2': 'true',
    'half.intercept?.(core, type, buffer, start, end) === true': 'false',
    'half.onUnreadable?.(core, type, buffer, bodyStart, end);': ';',
  },
  'mqtt/connection-settlement.js': { 'sink.settled !== undefined': 'true' },
  'mqtt/connection-surface.js': {
    'sink === undefined': 'false',
    'target === undefined': 'false',
    'sink ?? core.sink': 'sink',
    '        const outer = this.core.sink;\n        const collector = new EventCollector(this.core.writer);\n': '',
    '        call(outer ?? collector);\n        return collector.events;\n': '',
  },
  'mqtt/connection-write.js': { "packet.type === 'connack' || ": '' },
  'mqtt/packet-reader.js': { 'limits = NO_READ_LIMITS;\n    userProperties = 0;\n    userPropertyBytes = 0;\n': '' },
  'mqtt/keep-alive.js': {
    'Math.min(times.pingIntervalMs ?? keepAlive * 0.75, keepAlive)': 'keepAlive * 0.75',
    'Math.min(answerDue, this.lastReceived + this.#requestTimeout)': 'answerDue',
    'this.#requestTimeout = Infinity;': '',
  },
  'mqtt/packets/connack.js': { ' && version > 3': '' },
  'mqtt/packets/fixed-header.js': {
    ' || (protocolVersion === 3 && expected !== 0 && flags === (expected | DUPLICATE))': '',
    ', tolerances = 0 }': ' }',
    '(tolerances & FIXED_HEADER_FLAGS) !== 0': 'false',
    ", FLAG_STATEMENTS[type] ?? 'MQTT-2.1.3-1'": '',
  },
  'mqtt/packets/outcome.js': { ', tolerances }': ' }', ', tolerances)': ')' },
  'mqtt/packets/packet-fields.js': {
    ', tolerances = 0)': ')',
    '(tolerances & QOS_AS_REASON_CODE) !== 0': 'true',
    ', REASON_CODE_STATEMENTS[type]': '',
  },
  'mqtt/packets/read-packet.js': NO_COUNTING,
  'mqtt/packets/subscribe.js': { 'reader.countTopicFilters(subscriptions.length);': '' },
  'mqtt/packets/unsubscribe.js': { 'reader.countTopicFilters(topicFilters.length);': '' },
  'mqtt/packets/write-connect.js': {
    'version !== 3 && ': '',
    // A page is no bridge between brokers.
    "    requireBoolean(packet.bridge, 'bridge');\n": '',
    'packet.bridge && version === 5': 'false',
    'packet.bridge ? version | BRIDGE_BIT : version': 'version',
    'version === 3 || (version === 4 && !cleanStart)': 'version === 4 && !cleanStart',
    'version === 3 ? OLD_PROTOCOL_NAME : PROTOCOL_NAME': 'PROTOCOL_NAME',
  },
  'mqtt/reason-code-table.js': { 'return protocolVersion === 4': 'return true' },
  'mqtt/publish-view.js': {
    ...NO_COUNTING,
    '    userProperties = 0;\n    userPropertyBytes = 0;\n': '',
    'view.userProperties = reader.userProperties;\n    view.userPropertyBytes = reader.userPropertyBytes;\n': '',
    'view.userProperties = 0;': '',
    'view.userPropertyBytes = 0;': '',
    '{ tolerances = 0 }': '',
    '(tolerances & DUP_AT_QOS_0) !== 0': 'false',
    'end - start === 4': 'false',
  },
  // A page has few connections: no sweep over many deadlines is worth its bytes. Nobody sees the transport but the client.
  'transport/websocket-browser.js': {
    "        this.protocol = url.startsWith('wss:') ? 'wss' : 'ws';\n        this.remoteAddress = new URL(url).host;\n":
      '',
    '    protocol;\n    remoteAddress;\n': '',
    '    get bufferedBytes() {\n        return this.#isClosed ? 0 : this.#webSocket.bufferedAmount;\n    }\n': '',
    '    peerCertificate() {\n        return undefined;\n    }\n': '',
    'setDeadline(this, this.#graceMs)': 'setTimeout(() => this.destroy(), this.#graceMs)',
    'cancelDeadline(this);': '',
  },
  'mqtt/read-properties.js': { 'const start = reader.at - 1;': '', 'reader.countUserProperty(reader.at - start);': '' },
};

/** The module, its path below dist, with constants in place of all these. */
export function withFixed(path: string, code: string): string {
  let text = code.replace(/^ *\/\*\*[\s\S]*?\*\/\n/gm, '');
  for (const [from, to] of Object.entries(TEXTS[path] ?? {})) {
    if (!text.includes(from)) throw new Error(`tools/page-build/fixed.ts: ${path} has no “${from}” any more`);
    text = text.replaceAll(from, to);
  }
  if (!path.startsWith('mqtt/')) return text;
  const edits: Edit[] = [];
  const visit = (node: Node): void => {
    const written = node.type === 'AssignmentExpression' ? (node['left'] as Node) : undefined;
    const value = node.type === 'MemberExpression' ? valueOfMember(text, node) : undefined;
    if (value !== undefined) edits.push({ start: node.start, end: node.end, text: value });
    else for (const child of childrenOf(node)) if (child !== written) visit(child);
  };
  visit(parsed(text));
  return edited(text, edits);
}

function valueOfMember(code: string, node: Node): string | undefined {
  const { object, property, computed } = node as unknown as { object: Node; property: Node; computed: boolean };
  if (computed || property.type !== 'Identifier') return undefined;
  const name = String(property['name']);
  const isOption = /(?:^|\.)(?:options|times)$/.test(code.slice(object.start, object.end));
  if (isOption && UNUSED_OPTIONS.includes(name)) return 'undefined';
  return MEMBERS.get(name);
}
