// What has become of a promise so far, to be asked at any time.

export class Outcome<T> {
  state: 'pending' | 'resolved' | 'rejected' = 'pending';
  error: (Error & { readonly code?: string; readonly reasonCode?: number }) | undefined;
  #value: T | undefined;

  constructor(promise: Promise<T>) {
    promise.then(
      (value) => {
        this.state = 'resolved';
        this.#value = value;
      },
      (error: Error) => {
        this.state = 'rejected';
        this.error = error;
      },
    );
  }

  /** Throws what it was rejected with. */
  get value(): T {
    if (this.state === 'rejected') throw this.error;
    if (this.state === 'pending') throw new Error('the promise is pending');
    return this.#value as T;
  }

  get code(): string | undefined {
    return this.error?.code;
  }
}

export function outcomesOf<T>(promises: readonly Promise<T>[]): Outcome<T>[] {
  return promises.map((promise) => new Outcome(promise));
}
