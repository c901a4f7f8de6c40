/** From what pub was told to the messages, one after the other, as somebody asks for them. */
import type { OutgoingMessage, PublishOptions } from 'signalbox';
import { CommandError } from '../command-error.ts';
import { readJsonLine } from './json-lines.ts';
import { linesOf } from './lines.ts';
import { waited } from './pace.ts';
import { LARGEST_PAYLOAD } from './payload-flags.ts';

export interface Publishing {
  readonly mode: 'once' | 'lines' | 'json-lines';
  /** Each message goes to all of them; in JSON lines they are for those that name none. */
  readonly topicNames: readonly string[];
  /** Of the one message; empty where lines are read. */
  readonly payload: Uint8Array | string;
  readonly options: PublishOptions;
  readonly repeat: number;
  readonly repeatDelayMs: number;
}

const DECODER = new TextDecoder();

/** Throws CommandError when the input is not what it has to be. */
export function messagesOf(publishing: Publishing, signal: AbortSignal): AsyncGenerator<OutgoingMessage> {
  if (publishing.mode === 'once') return repeated(publishing, signal);
  const lines = linesOf(process.stdin, LARGEST_PAYLOAD);
  return publishing.mode === 'lines' ? fromLines(publishing, lines) : fromJsonLines(publishing, lines);
}

async function* repeated(publishing: Publishing, signal: AbortSignal): AsyncGenerator<OutgoingMessage> {
  const { topicNames, payload, options, repeat, repeatDelayMs } = publishing;
  for (let time = 0; time < repeat; time++) {
    if (time > 0 && repeatDelayMs > 0 && !(await waited(repeatDelayMs, signal))) return;
    for (const topicName of topicNames) yield { topicName, payload, ...options };
  }
}

async function* fromLines(
  { topicNames, options }: Publishing,
  lines: AsyncIterable<Uint8Array>,
): AsyncGenerator<OutgoingMessage> {
  for await (const payload of lines) for (const topicName of topicNames) yield { topicName, payload, ...options };
}

async function* fromJsonLines(
  { topicNames, options }: Publishing,
  lines: AsyncIterable<Uint8Array>,
): AsyncGenerator<OutgoingMessage> {
  let number = 0;
  for await (const line of lines) {
    number++;
    const text = DECODER.decode(line);
    if (text.trim() === '') continue;
    const targets = topicNames.length === 0 ? [undefined] : topicNames;
    for (const topicName of targets) {
      const message = parsed(text, number, { ...options, topicName });
      yield message;
      if (message.topicName !== topicName) break; // it names one of its own
    }
  }
}

function parsed(text: string, number: number, otherwise: Parameters<typeof readJsonLine>[1]): OutgoingMessage {
  try {
    return readJsonLine(text, otherwise);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new CommandError(`line ${number}: ${error.message}`);
  }
}
