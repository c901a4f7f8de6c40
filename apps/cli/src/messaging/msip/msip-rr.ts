/** The work of rr over MSIP, which has no response topics: whatever comes to the topic that was named is the response. */
import { CommandError } from '../../command-error.ts';
import { ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import type { PrintedMessage } from '../payload-text.ts';
import type { RrValues } from '../rr-command.ts';
import { printedMessage } from './msip-message.ts';
import { messageOptionsOf } from './msip-pub.ts';
import type { MsipVisit } from './msip-visit.ts';

interface Asking {
  readonly request: { readonly topicName: string; readonly payload: Uint8Array | string };
  readonly output: Output;
  readonly print: (message: PrintedMessage, values: RrValues, output: Output) => void;
}

/** Answers the exit code. Throws CommandError. */
export async function askByMsip({ client }: MsipVisit, values: RrValues, asking: Asking): Promise<number> {
  const { request, output, print } = asking;
  const responseTopic = values['response-topic'];
  if (responseTopic === undefined) {
    throw new CommandError('MSIP has no response topics: give --response-topic, and tell whoever responds');
  }
  const responses = await client.subscribeAsync(responseTopic);
  await client.pingAsync(); // what was kept under the topic is here now, and is no response
  const kept = responses.buffered;
  await client.publishAsync(request.topicName, request.payload, messageOptionsOf(values));
  let number = 0;
  for await (const message of responses) {
    if (number++ < kept) continue;
    print(printedMessage(message), values, output);
    return ExitCode.Done;
  }
  return ExitCode.Lost;
}
