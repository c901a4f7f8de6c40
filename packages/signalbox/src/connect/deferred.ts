// A promise that is settled from outside. Nobody has to wait for it: its rejection, unobserved, ends no process.

export class Deferred<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(ignore);
  }
}

/** A promise that is rejected already. */
export function rejected(error: unknown): Promise<never> {
  return quiet(Promise.reject(error));
}

/** The same promise; its rejection, unobserved, ends no process. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

function ignore(): void {}
