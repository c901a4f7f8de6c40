/** Messages of MSIP in the clothes of MQTT, as our broker dresses them (docs/msip.md, §11), so that they print alike and go on from one to the other. */
import type { OutgoingMessage } from 'signalbox';
import type { MsipMessage, MsipPublishOptions } from 'signalbox/msip';
import { CommandError } from '../../command-error.ts';
import { lookUp } from '../look-up.ts';
import type { PrintedMessage } from '../payload-text.ts';
import { type KindName, kindNameOf, kindOf } from './msip-flags.ts';

const KIND = 'msip-kind';
const URGENT = 'msip-urgent';
const ID = 'msip-id';
const KINDS: Readonly<Record<string, KindName>> = {
  event: 'event',
  command: 'command',
  state: 'state',
  log: 'log',
  metric: 'metric',
};

/** As sub and rr print it. */
export function printedMessage({
  topic,
  payload,
  msgKind,
  msgId,
  isUrgent,
  isAckRequired,
}: MsipMessage): PrintedMessage {
  const kind = kindNameOf(msgKind);
  const userProperties: [string, string][] = [
    ...(kind === undefined ? [] : ([[KIND, kind]] as [string, string][])),
    ...(isUrgent ? ([[URGENT, '1']] as [string, string][]) : []),
    [ID, String(msgId)],
  ];
  return {
    topicName: topic,
    payload,
    qos: isAckRequired ? 1 : 0,
    retain: false,
    duplicate: false,
    packetIdentifier: 0,
    properties: { userProperties } as PrintedMessage['properties'],
  };
}

/** How a message is published by MSIP: what it says itself goes before the options of the command. Throws CommandError. */
export function publishOptionsOf(
  { qos, retain, properties = {} }: OutgoingMessage,
  options: MsipPublishOptions,
): MsipPublishOptions {
  if (retain === true) throw new CommandError('MSIP has no retained messages that are asked for');
  if (qos === 2) throw new CommandError('MSIP has no QoS 2');
  const { userProperties = [], ...others } = properties;
  const [other] = Object.entries(others).filter(([, value]) => value !== undefined);
  if (other !== undefined) throw new CommandError(`MSIP has no properties: ${other[0]}`);
  let chosen = options;
  for (const [name, value] of userProperties) {
    const kind = name === KIND ? lookUp(KINDS, value) : undefined;
    if (kind !== undefined) chosen = { ...chosen, msgKind: kindOf(kind) };
    else if (name === URGENT) chosen = { ...chosen, urgent: value === '1' };
    else if (name !== ID) throw new CommandError(`MSIP has no properties: userProperties, ${name}`);
  }
  return qos === 1 ? { ...chosen, acknowledge: true, repeat: true } : chosen;
}
