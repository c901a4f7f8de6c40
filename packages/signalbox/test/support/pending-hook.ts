// A hook that answers when the test says so.

export class PendingHook<T> {
  /** Resolves when the hook is asked for the first time. */
  readonly asked: Promise<void>;
  /** The hook itself. */
  readonly ask: () => Promise<T>;
  #onAsked!: () => void;
  #answers: ((answer: T) => void)[] = [];

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#onAsked = resolve;
    });
    this.ask = () => {
      this.#onAsked();
      return new Promise((resolve) => this.#answers.push(resolve));
    };
  }

  /** Answers everybody who asked. */
  answer(answer: T): void {
    for (const resolve of this.#answers.splice(0)) resolve(answer);
  }
}
