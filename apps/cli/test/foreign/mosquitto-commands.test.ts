// What sub prints is what mosquitto_sub prints, letter by letter; and rr gets its answer from
// Mosquitto's commands.
import { spawn } from 'node:child_process';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signalbox } from '../command.ts';
import { start } from '../messaging-support.ts';

/** Runs to its end; answers what it printed. */
function run(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1');
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}

/** What differs by nature: the time, and the packet identifier. */
function comparable(text: string): string {
  return text.replace(/"tst":"[^"]*"/, '"tst":""').replace(/"mid":\d+/, '"mid":0');
}

const PROPERTIES = [
  ['content-type', 'text/plain'],
  ['response-topic', 'answers'],
  ['correlation-data', 'c1'],
  ['payload-format-indicator', '1'],
  ['user-property', 'by', 'me'],
].flatMap((words) => ['-D', 'publish', ...words]);

describe('sub and mosquitto_sub', () => {
  it.each(['%t %p %l %q %r %%', '%x|%X', '%C|%R|%D|%F|%P', '%j', '%J', '\\t%t\\n@@', '@Y-@m-@d', '%A|%E|%S'])(
    'print the same for %s',
    async (format) => {
      const { url } = await start({ systemTopicsIntervalMs: 0 });
      const { port } = new URL(url);
      const published = ['-V', '5', '-p', port, '-t', 'a/b', '-m', '{"x":1}', '-r', '-q', '1', ...PROPERTIES];
      await run('mosquitto_pub', published);
      const args = ['-p', port, '-t', 'a/b', '-C', '1', '-q', '1', '-V', '5', '-F', format];
      const theirs = await run('mosquitto_sub', args);
      expect(theirs).not.toBe('');
      expect(comparable((await signalbox('sub', ...args).ended).stdout)).toBe(comparable(theirs));
      // And the same options publish the same message.
      await signalbox('pub', ...published).ended;
      expect(comparable(await run('mosquitto_sub', args))).toBe(comparable(theirs));
    },
  );
});

describe('rr', () => {
  it('is answered by mosquitto_sub and mosquitto_pub', async () => {
    const { url } = await start();
    const { port } = new URL(url);
    // A kept session: the request is there for mosquitto_sub, whenever it comes.
    const responder = ['-V', '5', '-p', port, '-t', 'ask', '-q', '1', '-c', '-i', 'responder'];
    await run('mosquitto_sub', [...responder, '-E']);
    const asked = run('mosquitto_sub', [...responder, '-C', '1', '-F', '%R %D']);
    const rr = signalbox('rr', '-L', url, 'ask', 'ping', '-q', '1', '-D', 'publish', 'correlation-data', 'c1');
    const [topic = '', data = ''] = (await asked).trim().split(' ');
    expect(data).toBe('c1');
    const answer = ['-V', '5', '-p', port, '-t', topic, '-m', 'pong', '-D', 'publish', 'correlation-data', data];
    await run('mosquitto_pub', answer);
    expect(await rr.ended).toMatchObject({ code: 0, stdout: 'pong\n' });
  });
});
