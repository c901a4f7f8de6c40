// What both contestants of the SCTP benchmark do: `receive PORT SIZE COUNT LOSS` counts messages, checks them and answers the
// last one; `send …` sends them after a warm-up, and prints the seconds until that answer as JSON, and those of CPU
// time at both ends.

export const role = process.argv[2];
export const [port = 0, size = 0, count = 0, loss = 0] = process.argv.slice(3).map(Number);

/** Of the messages before the clock runs. */
export const WARM = Math.ceil(count / 4);

/** @param {number} number */
export function messageOf(number) {
  const bytes = new Uint8Array(size).fill(number & 255);
  bytes[0] = number >>> 24;
  bytes[1] = number >>> 16;
  bytes[2] = number >>> 8;
  bytes[3] = number;
  return bytes;
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Tells when all have come: once each, in order, whole. */
export class Counter {
  #next = 0;
  #cpuBefore = 0;
  /**
   * The answer, when all of a part have come: to the second one the seconds of CPU it took here.
   *
   * @param {Uint8Array} bytes
   */
  take(bytes) {
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (number !== this.#next || bytes.length !== size || bytes[size - 1] !== (number & 255)) {
      throw new Error(`message ${this.#next}: number ${number}, ${bytes.length} bytes`);
    }
    this.#next++;
    if (this.#next !== WARM && this.#next !== WARM + count) return undefined;
    const spent = cpuSeconds();
    const answer = new Float64Array([spent - this.#cpuBefore]);
    this.#cpuBefore = spent;
    return Buffer.from(answer.buffer);
  }
}

/** Sent in two parts, each with an answer; the second one is measured. */
export class Course {
  #sent = 0;
  #isMeasured = false;
  #began = 0;
  #cpuBefore = 0;
  /** The number of the next message; undefined: wait for the answer. */
  next() {
    const end = this.#isMeasured ? WARM + count : WARM;
    return this.#sent === end ? undefined : this.#sent++;
  }
  /**
   * @param {Uint8Array} answer
   * @param {() => void} goOn
   */
  onAnswer(answer, goOn) {
    if (this.#isMeasured) {
      const theirs = new DataView(answer.buffer, answer.byteOffset).getFloat64(0, true);
      const seconds = (performance.now() - this.#began) / 1000;
      console.log(JSON.stringify({ seconds, cpuSeconds: cpuSeconds() - this.#cpuBefore + theirs }));
      process.exit(0);
    }
    this.#isMeasured = true;
    this.#began = performance.now();
    this.#cpuBefore = cpuSeconds();
    goOn();
  }
}
