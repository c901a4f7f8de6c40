// A broker with an admin address, and questions to it.
import { request as httpRequest } from 'node:http';
import { onTestFinished } from 'vitest';
import { type AdminOptions, type AdminServer, createAdminServer } from '../../src/admin/admin-server.ts';
import type { BrokerOptions } from '../../src/broker/broker-options.ts';
import { startBroker, type TestBroker } from '../support/test-broker.ts';

export interface Asked {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly json: () => unknown;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface TestAdmin extends TestBroker {
  readonly admin: AdminServer;
  ask(path: string, question?: Question): Promise<Asked>;
}

export async function startAdmin(options: BrokerOptions = {}, adminOptions: AdminOptions = {}): Promise<TestAdmin> {
  const started = await startBroker(options);
  const admin = await createAdminServer(started.broker, adminOptions);
  onTestFinished(() => admin.close());
  return { ...started, admin, ask: (path, question) => ask(admin.url, path, question) };
}

function ask(url: string, path: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Asked> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { statusCode = 0 } = response;
        resolve({ status: statusCode, headers: response.headers, text, json: () => JSON.parse(text) as unknown });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}
