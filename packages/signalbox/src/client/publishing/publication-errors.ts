// Why a message is given up that was accepted, in words.

import type { DroppedReason } from '../../mqtt/connection-events.ts';
import { ClientError, RefusedError } from '../client-errors.ts';
import type { Publication } from './publication.ts';

export function sessionLost({ packet }: Publication): ClientError {
  return new ClientError(
    'SESSION_LOST',
    `the server forgot the session while the message to '${packet.topicName}' was on its way: it may have arrived, or not`,
  );
}

export function poisonous({ packet }: Publication, error: Error | undefined): ClientError {
  return new ClientError(
    'POISONED',
    `the server ends each connection over the message to '${packet.topicName}': it is given up`,
    error ?? new ClientError('CONNECTION_LOST', 'the server closed the connection'),
  );
}

export function refused({ packet }: Publication, reasonCode: number): RefusedError {
  return new RefusedError(`the message to '${packet.topicName}'`, reasonCode);
}

export function notTaken(reason: DroppedReason): ClientError {
  return new ClientError('NOT_SUPPORTED', `the server does not take this message: ${reason}`);
}

export function expired({ packet }: Publication): ClientError {
  return new ClientError('EXPIRED', `the message to '${packet.topicName}' expired before it could be sent`);
}
