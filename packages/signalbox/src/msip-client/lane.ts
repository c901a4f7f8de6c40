// First in, first out, without moving everything at each step.

export class Lane<T> {
  #values: (T | undefined)[] = [];
  #first = 0;

  get size(): number {
    return this.#values.length - this.#first;
  }

  get first(): T | undefined {
    return this.#values[this.#first];
  }

  push(value: T): void {
    this.#values.push(value);
  }

  unshift(value: T): void {
    if (this.#first > 0) this.#values[--this.#first] = value;
    else this.#values.unshift(value);
  }

  shift(): T | undefined {
    const value = this.#values[this.#first];
    if (this.size === 0) return undefined;
    this.#values[this.#first++] = undefined; // not held any longer
    if (this.#first >= 1024 && this.#first * 2 > this.#values.length) {
      this.#values = this.#values.slice(this.#first);
      this.#first = 0;
    }
    return value;
  }

  remove(value: T): boolean {
    if (this.first === value && this.size > 0) {
      this.shift();
      return true;
    }
    const at = this.#values.indexOf(value, this.#first);
    if (at < 0) return false;
    this.#values.splice(at, 1);
    return true;
  }

  takeAll(): T[] {
    const all = this.#values.slice(this.#first) as T[];
    this.#values = [];
    this.#first = 0;
    return all;
  }
}
