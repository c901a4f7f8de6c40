// What both contestants do: so many messages after a quarter of them to warm up, and what they cost.

/**
 * Prints messages, CPU seconds and seconds as JSON, and ends the process.
 * @param {number} count
 * @param {(messages: number) => Promise<void>} run
 */
export async function measure(count, run) {
  await run(count / 4);
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  await run(count);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - began) / 1e3;
  console.log(JSON.stringify({ messages: count, cpuSeconds: (user + system) / 1e6, seconds }));
  process.exit(0);
}

/** Counts what comes, and tells when it is enough. */
export class Counter {
  #seen = 0;
  #target = Infinity;
  /** @type {() => void} */
  #whenSeen = () => {};

  count() {
    if (++this.#seen >= this.#target) this.#whenSeen();
  }

  /**
   * Resolves when so many more have come.
   * @param {number} messages
   * @returns {Promise<void>}
   */
  until(messages) {
    return new Promise((resolve) => {
      this.#target = this.#seen + messages;
      this.#whenSeen = resolve;
    });
  }
}
