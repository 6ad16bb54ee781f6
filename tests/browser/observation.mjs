// What a listener has told so far, and waiting for what it will tell.

const PATIENCE_MS = 10_000;

export class Observation {
  constructor() {
    this.snapshots = [];
    this.error = null;
    this.next = (snapshot) => this.#add(() => this.snapshots.push(snapshot));
    this.fail = (error) => this.#add(() => (this.error = error));
    this.wake = [];
  }

  get last() {
    return this.snapshots.at(-1);
  }

  #add(change) {
    change();
    for (const wake of this.wake.splice(0)) wake();
  }

  // Resolves with the first snapshot from now on, the last one included, that `accepts` likes.
  async until(accepts, what = accepts) {
    let seen = Math.max(this.snapshots.length - 1, 0);
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      for (; seen < this.snapshots.length; seen++) {
        if (accepts(this.snapshots[seen])) return this.snapshots[seen];
      }
      if (this.error) throw this.error;
      await this.#news(end, what);
    }
  }

  async untilError() {
    const end = Date.now() + PATIENCE_MS;
    while (!this.error) await this.#news(end, "an error");
    return this.error;
  }

  #news(end, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`nothing came of ${what} in time; last: ${describe(this.last)}`));
      }, end - Date.now());
      this.wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function describe(snapshot) {
  if (!snapshot) return "no snapshot";
  const data = snapshot.docs ? snapshot.docs.map((each) => [each.id, each.data()]) : snapshot.data();
  return JSON.stringify([data, snapshot.metadata]).slice(0, 500);
}

export function equal(actual, expected) {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${left} is not ${right}`);
}

export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}
