// docs/guide/admin-api.md against the routes and their answers.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/admin/routes.ts';
import { TRACE_PATH } from '../../src/admin/trace-stream.ts';
import { startAdmin } from './admin.ts';

const DOCUMENT = readFileSync(new URL('../../../../docs/guide/admin-api.md', import.meta.url), 'utf8');
const rows = DOCUMENT.split('\n')
  .filter((line) => /^\| (GET|DELETE) /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, method = '', path = '', parameters = '', answer = '']) => {
    return { method, path: path.replaceAll('`', ''), parameters: words(parameters), answer };
  });

function words(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);
}

describe('docs/guide/admin-api.md', () => {
  it('has every route with its parameters, in the order of the table, and nothing else', () => {
    const expected = ROUTES.map(({ method, path, parameters }) => ({ method, path, parameters: [...parameters] }));
    const documented = rows.map(({ method, path, parameters }) => ({ method, path, parameters }));
    expect(documented.filter(({ path }) => path !== TRACE_PATH)).toEqual(expected);
    expect(documented.at(-1)?.path).toBe(TRACE_PATH);
  });

  it('names every field of the answers', async () => {
    const { ask, connect, broker } = await startAdmin();
    await broker.listen('mqtt://127.0.0.1:0');
    const client = await connect('name');
    await client.subscribe('a', 1);
    await broker.publish({ topicName: 'a', payload: 'x', retain: true });
    const fields = async (path: string): Promise<string[]> => {
      const answer = (await ask(path.replace(':name', 'name'))).json() as Record<string, unknown>;
      if (!Array.isArray(answer['items'])) return Object.keys(answer);
      return Object.keys((answer['items'] as object[])[0] ?? {});
    };
    const summary = rows.find(({ path }) => path === '/api/v1/clients')!;
    for (const { method, path, answer } of rows) {
      if (method !== 'GET' || path === '/metrics' || path === '/healthz' || path === TRACE_PATH) continue;
      const named = [...words(answer), ...(path === '/api/v1/clients/:name' ? words(summary.answer) : [])];
      for (const field of await fields(path)) expect([path, named.includes(field), field]).toEqual([path, true, field]);
    }
  });
});
