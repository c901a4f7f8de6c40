// One trial: a broker that is killed again and again while everybody is busy, and at the end the question what became of
// each message. Which kills there are is drawn from the seed.

import type { QoS } from '../../src/mqtt/wire-format.ts';
import { Random } from '../fuzz/random.ts';
import { auditRetained } from './audit.ts';
import { BrokerCommand, BrokerFailure, type Program } from './broker-command.ts';
import { Cast } from './cast.ts';
import type { World } from './durable-client.ts';
import { Journal } from './journal.ts';
import { findUnsettled, judge } from './judge.ts';
import { planRound, type Round } from './plan.ts';
import { Work } from './work.ts';

export interface TrialOptions {
  readonly seed: number;
  readonly kills: number;
  readonly qos: readonly QoS[];
  readonly port: number;
  readonly program: Program;
  /** What a kill does to the files besides, between the end of one broker and the begin of the next. */
  readonly onKilled?: () => string | undefined;
  readonly onProgress?: (text: string) => void;
  /** How long nothing may happen at the end while somebody still waits. Default 30 s, for a busy machine. */
  readonly patienceMs?: number;
}

export interface Outcome {
  readonly kills: Readonly<Record<string, number>>;
  readonly messages: number;
  readonly acknowledged: number;
  readonly received: number;
  readonly wills: number;
  readonly audits: number;
  readonly seconds: number;
  /** The longest start of the broker, in ms. */
  readonly slowestStartMs: number;
  /** In words; empty: nothing acknowledged was lost, doubled, out of order or of a wrong value. */
  readonly findings: readonly string[];
}

/** A live phase that its plan does not end ends after this. */
const LONGEST_ROUND_MS = 1200;
const TICK_MS = 3;
/** Nothing new for so long at the end, and nobody waits for anything: nothing will come. */
const SILENCE_MS = 4000;
const PATIENCE_MS = 30_000;
const FINDINGS_SHOWN = 40;

export class Trial implements World {
  readonly journal = new Journal();
  readonly port: number;
  isOpen = false;
  listeningSince = Infinity;
  readonly #options: TrialOptions;
  readonly #broker: BrokerCommand;
  readonly #plans: Random;
  readonly #cast: Cast;
  readonly #work: Work;
  readonly #kills: Record<string, number> = {};
  readonly #audits: string[] = [];
  #auditCount = 0;
  #slowestStartMs = 0;
  #round: Round | undefined = undefined;
  #seen = 0;
  #onTrigger: () => void = () => {};

  constructor(options: TrialOptions) {
    this.#options = options;
    this.port = options.port;
    this.#broker = new BrokerCommand(options.program);
    this.#plans = new Random(options.seed);
    const actions = new Random(options.seed + 1_000_003);
    this.#cast = new Cast(this, actions, options.qos);
    this.#work = new Work(this.journal, this.#cast, actions, options.qos);
  }

  async run(): Promise<Outcome> {
    const from = performance.now();
    let verdict: readonly string[] = [];
    try {
      await this.#begin();
      for (let killed = 0; killed < this.#options.kills; killed = this.#killed) await this.#playRound();
      await this.#finish();
      verdict = [...judge(this.journal, this.#cast.subscribers), ...findUnsettled(this.journal.messages)];
    } catch (error) {
      if (!(error instanceof BrokerFailure)) throw error;
      verdict = [error.message];
    } finally {
      await this.#close();
    }
    return this.#outcome((performance.now() - from) / 1000, verdict);
  }

  onProgress(what: 'connect' | 'connack' | 'acknowledged' | 'received'): void {
    const kind = this.#round?.kind;
    const counts =
      (kind === 'acknowledgements' && what === 'acknowledged') ||
      (kind === 'received' && what === 'received') ||
      (kind === 'connect' && (what === 'connect' || what === 'connack'));
    if (!counts) return;
    this.#seen++;
    if (this.#seen === this.#round!.count) this.#onTrigger();
  }

  get #killed(): number {
    return Object.values(this.#kills).reduce((sum, each) => sum + each, 0);
  }

  async #begin(): Promise<void> {
    this.#broker.start();
    await this.#broker.listens();
    this.listeningSince = this.journal.ms;
    this.isOpen = true;
    for (const client of this.#cast.all) client.come();
  }

  async #playRound(): Promise<void> {
    const round = planRound(this.#plans);
    this.#round = round;
    this.#seen = 0;
    this.#work.begin(round.budget);
    this.#cast.summon('some');
    await this.#live(round);
    await this.#kill(round.kind === 'recovery' || round.kind === 'at-once' ? 'time' : round.kind);
    if (round.kind === 'recovery' && !(await this.#restart((this.#broker.startMs * round.count) / 100))) {
      await this.#kill('recovery');
    }
    while (!(await this.#restart(Infinity))) await this.#kill('recovery');
    if (round.kind === 'at-once') {
      await pause(round.count);
      await this.#kill('at-once');
      await this.#restart(Infinity);
    }
    if (round.isAudited) await this.#audit();
    this.isOpen = true;
    if (this.#killed % 25 === 0) this.#options.onProgress?.(this.#describe());
  }

  /** Everybody works until what the round waits for has happened; then the broker is dead. */
  #live(round: Round): Promise<void> {
    return new Promise((resolve) => {
      const isTimed = round.kind === 'time' || round.kind === 'recovery' || round.kind === 'at-once';
      const end = (): void => {
        this.#broker.kill(); // at this very moment, not a turn later
        clearTimeout(timer);
        clearInterval(ticking);
        this.#onTrigger = () => {};
        this.#round = undefined;
        resolve();
      };
      this.#onTrigger = end;
      const timer = setTimeout(end, isTimed ? round.count : LONGEST_ROUND_MS);
      let departures = round.departures;
      const ticking = setInterval(() => {
        this.#work.go();
        if (departures > 0 && this.#work.isDue(20)) {
          departures--;
          this.#cast.depart();
        }
      }, TICK_MS);
      this.#work.go();
    });
  }

  async #kill(kind: string): Promise<void> {
    this.#broker.kill();
    const problem = await this.#broker.ended();
    this.listeningSince = Infinity;
    this.isOpen = false;
    if (problem !== undefined) this.journal.surprise('', problem);
    this.#kills[kind] = (this.#kills[kind] ?? 0) + 1;
    const more = this.#options.onKilled?.();
    this.journal.note('', `killed (${kind}), number ${this.#killed}${more === undefined ? '' : `; ${more}`}`);
  }

  /** Answers whether it listens; `killAfterMs` may have ended it before. */
  async #restart(killAfterMs: number): Promise<boolean> {
    const timer = killAfterMs === Infinity ? undefined : setTimeout(() => this.#broker.kill(), killAfterMs);
    this.#broker.start();
    const listens = await this.#broker.listens();
    if (!listens) clearTimeout(timer);
    else if (timer !== undefined) {
      await this.#broker.ended(); // it was quick; it is killed all the same
      return false;
    }
    if (listens) this.#slowestStartMs = Math.max(this.#slowestStartMs, this.#broker.startMs);
    if (listens) this.listeningSince = this.journal.ms;
    return listens;
  }

  async #audit(): Promise<void> {
    this.#auditCount++;
    this.#audits.push(...(await auditRetained(this.port, this.journal, this.#killed)));
  }

  /** The last will with a delay is waited for over a kill; then all is settled, and one more kill must change nothing. */
  async #finish(): Promise<void> {
    const delayed = this.#cast.mortals.at(-1)!;
    delayed.come();
    await until(() => delayed.isConnected, SILENCE_MS);
    delayed.cut('stay-away');
    await this.#kill('time');
    await this.#restart(Infinity);
    this.isOpen = true;
    for (const client of this.#cast.all) if (client !== delayed) client.come();
    await pause(3000);
    this.#cast.summon('everybody');
    await this.#settle();
    await this.#kill('idle');
    await this.#restart(Infinity);
    this.isOpen = true;
    await this.#settle();
    await this.#audit();
  }

  async #settle(): Promise<void> {
    let last = '';
    let changedMs = performance.now();
    for (;;) {
      await pause(20);
      this.#work.finish();
      const isIdle = this.#cast.all.every((client) => client.isIdle);
      const now = `${isIdle} ${this.journal.received} ${this.journal.acknowledged}`;
      if (now !== last) changedMs = performance.now();
      last = now;
      const silence = performance.now() - changedMs;
      if (silence > (isIdle ? SILENCE_MS : (this.#options.patienceMs ?? PATIENCE_MS))) return;
      if (isIdle && silence > 400 && judge(this.journal, this.#cast.subscribers).length === 0) return;
    }
  }

  async #close(): Promise<void> {
    this.isOpen = false;
    this.#broker.kill();
    await this.#broker.ended();
    for (const client of this.#cast.all) client.cut('stay-away');
  }

  #describe(): string {
    const { acknowledged, received } = this.journal;
    return `${this.#killed} kills, ${acknowledged} acknowledged, ${received} received`;
  }

  #outcome(seconds: number, verdict: readonly string[]): Outcome {
    const { messages, surprises } = this.journal;
    const complaints =
      this.#broker.complaints === '' ? [] : [`the broker said: ${this.#broker.complaints.slice(0, 4000)}`];
    const all = [...surprises, ...this.#audits, ...verdict, ...complaints];
    const more = all.length - FINDINGS_SHOWN;
    return {
      kills: this.#kills,
      messages: messages.filter(({ isWill }) => !isWill).length,
      acknowledged: this.journal.acknowledged,
      received: this.journal.received,
      wills: messages.filter(({ isWill, acknowledgedAt }) => isWill && acknowledgedAt !== Infinity).length,
      audits: this.#auditCount,
      seconds,
      slowestStartMs: this.#slowestStartMs,
      findings: more > 0 ? [...all.slice(0, FINDINGS_SHOWN), `… and ${more} more`] : all,
    };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function until(condition: () => boolean, limitMs: number): Promise<void> {
  for (const end = performance.now() + limitMs; !condition() && performance.now() < end; ) await pause(5);
}
