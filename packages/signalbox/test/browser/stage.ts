// A real browser on a real page: Chromium without a window, a page that has the client as `window.signalbox`, and our broker
// behind it over WebSocket.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { FOLDER, writePageBundle } from '../../../../tools/page-build/build.ts';
import { Broker, type BrokerOptions } from '../../src/broker/index.ts';
import type * as Signalbox from '../../src/client/browser.ts';
import type { Packet } from '../../src/mqtt/index.ts';

declare global {
  /** In the page. */
  var signalbox: typeof Signalbox;
}

export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Nothing of it talks to the world, and nothing is asked of a graphics card. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const ENTRY = join(FOLDER, 'index.js');
const PARTS = `<!doctype html><title>signalbox in parts</title><script type="module">
  import * as signalbox from '/dist/browser/index.js';
  globalThis.signalbox = signalbox;
</script>`;

/** The client as a page loads it: what is published for pages. */
export async function bundle(): Promise<string> {
  await writePageBundle();
  const { outputFiles } = await build({
    entryPoints: [ENTRY],
    bundle: true,
    format: 'iife',
    globalName: 'signalbox',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0]!.text;
}

export class Stage {
  readonly #folder = mkdtempSync(join(tmpdir(), 'signalbox-browser-'));
  #context: BrowserContext | undefined;
  #server: Server | undefined;
  #broker: Broker | undefined;
  #url = '';
  /** What pages said to their console as errors. */
  readonly errors: string[] = [];
  /** Files of the bundle that pages of parts have loaded, in order. */
  readonly loaded: string[] = [];

  async open(executablePath: string): Promise<void> {
    const script = await bundle();
    const page = '<!doctype html><title>signalbox</title><script src="/signalbox.js"></script>';
    this.#server = createServer((request, response) => {
      const { url = '' } = request;
      const isScript = url === '/signalbox.js';
      if (/^\/dist\/(?:browser\/[\w-]+|mqtt\/errors)\.js$/.test(url)) {
        this.loaded.push(url.replace(/^.*\/|(?:-\w+)?\.js$/g, ''));
        response.setHeader('content-type', 'text/javascript');
        response.end(readFileSync(join(FOLDER, '../..', url)));
        return;
      }
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
      response.end(isScript ? script : url === '/parts' ? PARTS : page);
    });
    await new Promise<void>((resolve) => this.#server!.listen(0, '127.0.0.1', resolve));
    this.#context = await chromium.launchPersistentContext(this.#folder, { executablePath, args: FLAGS });
  }

  async close(): Promise<void> {
    await this.#context?.close();
    await this.#broker?.close();
    await new Promise((resolve) => this.#server?.close(resolve));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get context(): BrowserContext {
    return this.#context!;
  }

  get broker(): Broker {
    return this.#broker!;
  }

  /** Of the WebSocket listener. */
  get url(): string {
    return this.#url;
  }

  /** A broker at the same address as the one before, if there was one. */
  async startBroker(options: BrokerOptions = {}): Promise<void> {
    this.#broker = new Broker(options);
    const listener = await this.#broker.listen(this.#url || 'ws://127.0.0.1:0/mqtt');
    this.#url = listener.url;
  }

  async stopBroker(): Promise<void> {
    await this.#broker?.close();
    this.#broker = undefined;
  }

  /** When the broker, the one that runs now, has read such a packet of that client. */
  whenReceived(clientId: string, isIt: (packet: Packet) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.broker.trace({ clientId }, (traced) => {
        if (traced.direction !== 'received' || traced.protocol !== 'mqtt' || !isIt(traced.packet)) return;
        stop();
        resolve();
      });
    });
  }

  /** With `path` '/parts': a page that loads the client in its files, as they are published. */
  async page(path = '/'): Promise<Page> {
    const page = await this.context.newPage();
    page.on('pageerror', (error) => this.errors.push(error.message));
    await page.goto(`http://127.0.0.1:${(this.#server!.address() as AddressInfo).port}${path}`);
    return page;
  }
}
