/** A map of what was set last: what was set before goes when there are more than `most`. */
export class Recent<Value> {
  readonly #values = new Map<string, Value>(); // in the order in which they were set
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): Value | undefined {
    return this.#values.get(name);
  }

  delete(name: string): void {
    this.#values.delete(name);
  }

  set(name: string, value: Value): void {
    this.delete(name);
    this.#values.set(name, value);
    for (const oldest of this.#values.keys()) {
      if (this.#values.size <= this.#most) break;
      this.#values.delete(oldest);
    }
  }
}
