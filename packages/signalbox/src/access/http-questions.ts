/**
 * Questions to a web service: POST with JSON, answered with JSON. Bounded in number, in time and in what is read; answers
 * are kept as long as their max-age says. It must not know what is asked.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { type AgentOptions, Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { AccessError } from './access-error.ts';

export interface HttpQuestionsOptions {
  /** `http:` or `https:`. What the service is told are passwords: `http:` is for services on this machine. */
  readonly url: string;
  /** Sent with each question, such as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** TLS options, such as `ca`, `cert` and `key`. */
  readonly tls?: Pick<AgentOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;
  /** Default 5,000: a client waits that long. */
  readonly timeoutMs?: number;
  /** Questions at once. Default 32. */
  readonly concurrency?: number;
  /** Questions that wait. Default 1,024. */
  readonly queue?: number;
  /** Answers kept. Default 10,000. */
  readonly cacheSize?: number;
  /** Longest time an answer is kept, whatever it says itself. Default 300,000. */
  readonly longestMaxAgeMs?: number;
  /** Milliseconds. Default: the clock of the system, which goes on evenly. */
  readonly now?: () => number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Undefined when there was none, or no JSON. */
  readonly body: unknown;
}

/** No answer: the service is away, too slow or too busy, or talks nonsense. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
}

/** A page of rights; more is no answer to these questions. */
const LARGEST_ANSWER = 64 * 1024;

interface Kept {
  readonly answer: HttpAnswer;
  readonly until: number;
}

export class HttpQuestions {
  /** Sent, and answered from what was kept. */
  sent = 0;
  hits = 0;
  readonly #options: HttpQuestionsOptions;
  readonly #url: URL;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #kept = new Map<string, Kept>();
  readonly #key = randomBytes(32);
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Throws AccessError `BAD_OPTIONS`. */
  constructor(options: HttpQuestionsOptions) {
    this.#options = options;
    this.#url = parseUrl(options.url);
    const { concurrency = 32 } = options;
    const pool = { keepAlive: true, maxSockets: concurrency, scheduling: 'lifo' as const };
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent({ ...pool, ...options.tls }) : new HttpAgent(pool);
  }

  /** Rejects with HttpFailure. Questions that are the same share an answer while it may be kept. */
  async ask(question: Readonly<Record<string, unknown>>): Promise<HttpAnswer> {
    const text = JSON.stringify(question);
    const key = createHmac('sha256', this.#key).update(text).digest('base64'); // passwords are not kept
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.until > this.#now()) {
      this.hits++;
      return kept.answer;
    }
    if (kept !== undefined) this.#kept.delete(key);
    await this.#turn();
    try {
      this.sent++;
      const { answer, maxAgeMs } = await this.#send(text);
      if (maxAgeMs > 0) this.#keep(key, answer, maxAgeMs);
      return answer;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** Forgets what was kept. */
  forget(): void {
    this.#kept.clear();
  }

  close(): void {
    this.#agent.destroy();
  }

  async #turn(): Promise<void> {
    const { concurrency = 32, queue = 1_024 } = this.#options;
    if (this.#running >= concurrency) {
      if (this.#waiting.length >= queue) throw new HttpFailure('too many questions wait');
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#running++;
  }

  #keep(key: string, answer: HttpAnswer, maxAgeMs: number): void {
    const { cacheSize = 10_000, longestMaxAgeMs = 300_000 } = this.#options;
    if (cacheSize === 0) return;
    if (this.#kept.size >= cacheSize) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(key, { answer, until: this.#now() + Math.min(maxAgeMs, longestMaxAgeMs) });
  }

  #send(text: string): Promise<{ answer: HttpAnswer; maxAgeMs: number }> {
    const { timeoutMs = 5_000, headers = {} } = this.#options;
    const send = this.#url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const request = send(this.#url, {
        method: 'POST',
        agent: this.#agent,
        headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      });
      const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
      const onFailed = (error: Error) => {
        clearTimeout(timer);
        reject(new HttpFailure(`${this.#url.origin}: ${error.message}`, { cause: error }));
      };
      request.on('error', onFailed);
      request.on('response', (response) => {
        readBody(response).then((body) => {
          clearTimeout(timer);
          const answer = { status: response.statusCode ?? 0, body: parseJson(body) };
          resolve({ answer, maxAgeMs: maxAgeOf(response.headers['cache-control']) });
        }, onFailed);
      });
      request.end(text);
    });
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) {
      response.destroy();
      throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function maxAgeOf(cacheControl: string | undefined): number {
  if (cacheControl === undefined || /\bno-(store|cache)\b/i.test(cacheControl)) return 0;
  const found = /\bmax-age=(\d{1,9})\b/i.exec(cacheControl);
  return found === null ? 0 : Number(found[1]) * 1_000;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new AccessError('BAD_OPTIONS', `${text} is no http:// or https:// URL`);
  }
  return url;
}
