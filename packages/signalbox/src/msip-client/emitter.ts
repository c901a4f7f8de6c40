// Typed events. Unlike that of Node it treats 'error' as any other event, needs no Node, and a listener that throws keeps no
// other one from being called.

type Listener = (...args: never[]) => unknown;
/** The arguments of each event. */
type Events<E> = { readonly [N in keyof E]: readonly unknown[] };

export class Emitter<E extends Events<E>> {
  readonly #listeners = new Map<keyof E, Listener[]>();

  /** Calls the listener at each event of that name, in the order of registration. */
  on<N extends keyof E>(name: N, listener: (...args: E[N]) => unknown): this {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener as Listener]);
    this.onListened(name);
    return this;
  }

  /** Calls the listener at the next event of that name only. */
  once<N extends keyof E>(name: N, listener: (...args: E[N]) => unknown): this {
    const wrapped = Object.assign(
      (...args: E[N]): unknown => {
        this.off(name, wrapped);
        return listener(...args);
      },
      { listener },
    );
    return this.on(name, wrapped);
  }

  off<N extends keyof E>(name: N, listener: (...args: E[N]) => unknown): this {
    const all = this.#listeners.get(name) ?? [];
    const at = all.findLastIndex((one) => one === listener || (one as { listener?: unknown }).listener === listener);
    if (at >= 0) this.#listeners.set(name, all.toSpliced(at, 1));
    return this;
  }

  /** The same as `on`: what programs for Node may say. */
  addListener<N extends keyof E>(name: N, listener: (...args: E[N]) => unknown): this {
    return this.on(name, listener);
  }

  /** The same as `off`: what programs for Node may say. */
  removeListener<N extends keyof E>(name: N, listener: (...args: E[N]) => unknown): this {
    return this.off(name, listener);
  }

  /** Of one event, or of all. */
  removeAllListeners(name?: keyof E): this {
    if (name === undefined) this.#listeners.clear();
    else this.#listeners.delete(name);
    return this;
  }

  listenerCount(name: keyof E): number {
    return this.#listeners.get(name)?.length ?? 0;
  }

  /** Somebody listens to this event from now on. */
  protected onListened(_name: keyof E): void {}

  /** Calls every listener; answers what they return. What they throw goes to `onThrown`. */
  protected call<N extends keyof E>(name: N, args: E[N], onThrown: (error: unknown) => void): unknown[] {
    const results: unknown[] = [];
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        results.push((listener as (...args: unknown[]) => unknown)(...args));
      } catch (error) {
        onThrown(error);
        results.push(FAILED);
      }
    }
    return results;
  }
}

/** What a listener that threw has returned. */
export const FAILED: unique symbol = Symbol('failed');
