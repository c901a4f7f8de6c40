// When to ping and when the peer counts as gone, on one side of one network connection. Knows times only, no packets.
// Times are milliseconds on the owner's clock; Infinity is never. §3.1.2.10, §3.12

export interface KeepAliveTimes {
  readonly pingIntervalMs?: number | undefined;
  readonly pingResponseTimeoutMs?: number | undefined;
  readonly pingRequestTimeoutMs?: number | undefined;
}

export class KeepAlive {
  /** Seconds, as on the wire; 0: none. */
  seconds = 0;
  lastReceived = 0;
  lastSent = 0;
  /** When the first PINGREQ without an answer was sent; Infinity: there is none. */
  #pingSent = Infinity;
  #pingInterval = Infinity;
  #responseTimeout = Infinity;
  #requestTimeout = Infinity;

  /** A client starts pinging. A keep alive of 0 turns off what was not asked for by an option. */
  startClient(seconds: number, times: KeepAliveTimes, now: number): void {
    this.#start(seconds, now);
    const keepAlive = seconds === 0 ? Infinity : seconds * 1000;
    this.#pingInterval = Math.min(times.pingIntervalMs ?? keepAlive * 0.75, keepAlive); // [MQTT-3.1.2-20] [MQTT-3.1.2-23@3.1.1]
    this.#responseTimeout = times.pingResponseTimeoutMs ?? keepAlive / 2;
  }

  /** A server starts watching. A keep alive of 0 turns that off, unless the option asks for it. */
  startServer(seconds: number, times: KeepAliveTimes, now: number): void {
    this.#start(seconds, now);
    this.#requestTimeout = times.pingRequestTimeoutMs ?? (seconds === 0 ? Infinity : seconds * 1500); // [MQTT-3.1.2-22] [MQTT-3.1.2-24@3.1.1]
  }

  #start(seconds: number, now: number): void {
    this.stop();
    this.seconds = seconds;
    this.lastReceived = now;
    this.lastSent = now;
  }

  stop(): void {
    this.seconds = 0;
    this.#pingSent = Infinity;
    this.#pingInterval = Infinity;
    this.#responseTimeout = Infinity;
    this.#requestTimeout = Infinity;
  }

  pingSent(now: number): void {
    if (this.#pingSent === Infinity) this.#pingSent = now;
  }

  pingAnswered(): void {
    this.#pingSent = Infinity;
  }

  get deadline(): number {
    return Math.min(this.#pingAt(), this.#goneAt());
  }

  isPingDue(now: number): boolean {
    return now >= this.#pingAt();
  }

  /** What we send keeps the server content; whether somebody gets it is only known when something comes back. */
  #pingAt(): number {
    const quietSince = this.#pingSent === Infinity ? Math.min(this.lastSent, this.lastReceived) : this.lastSent;
    return quietSince + this.#pingInterval;
  }

  isPeerGone(now: number): boolean {
    return now >= this.#goneAt();
  }

  /** A line on which something arrives is alive, even if the PINGRESP is late. */
  #goneAt(): number {
    const answerDue = Math.max(this.#pingSent, this.lastReceived) + this.#responseTimeout;
    return Math.min(answerDue, this.lastReceived + this.#requestTimeout);
  }
}
