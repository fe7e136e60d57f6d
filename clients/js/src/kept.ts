/**
 * One rule for what is fetched from Vestibule and kept: its metadata, its signing keys, its status lists.
 *
 * What is fresh is returned. What is valid but no longer fresh is returned too, and fetched again in the background.
 * When there is neither, the caller waits for one fetch, which all callers share, within a time limit. After a failure
 * callers do not wait for each other's attempts: they get what is valid, else the cause, at once. An answer never
 * replaces one that was requested later.
 */
import { unavailable, type AuthError } from "./auth-error.js";

const PAUSE_MS = 1_000;

/** What every kept value uses: monotonic milliseconds, the order of events in this process, the log. */
export interface Means {
  now: () => number;
  tick: () => number;
  log: (message: string) => void;
}

/** An answer of Vestibule, and for how many milliseconds it is valid from the moment when it was requested. */
export interface Answer<T> {
  value: T;
  milliseconds: number;
}

/** `atMost`: an older value counts as missing. `preferred`: for a newer value the caller waits, unless there was no answer. */
interface Wanted {
  fresh: number;
  preferred?: number;
  atMost?: number;
  /** The value must have been requested after this event. */
  after?: number;
}

interface Fetch {
  at: number;
  tick: number;
  done: Promise<void>;
}

/** A value of Vestibule's. `fetch` rejects when there is no good answer; `expected` names it for people. */
export class Kept<T> {
  readonly #expected: string;
  readonly #fetch: () => Promise<Answer<T>>;
  readonly #means: Means;
  #entry: { answer: Answer<T>; at: number; tick: number } | undefined;
  #fetching: Fetch | undefined;
  #failure: { error: AuthError; at: number } | undefined;

  constructor(expected: string, fetch: () => Promise<Answer<T>>, means: Means) {
    this.#expected = expected;
    this.#fetch = fetch;
    this.#means = means;
  }

  /** The newest value, however old; undefined when there never was one. */
  get latest(): T | undefined {
    return this.#entry?.answer.value;
  }

  /** The value. Rejects with an AuthError that has the cause. */
  async get(wanted: Wanted): Promise<T> {
    const { fresh, preferred = Infinity, atMost = Infinity, after = 0 } = wanted;
    const entry = this.#usable(atMost, after);
    const age = entry ? this.#means.now() - entry.at : Infinity;
    if (entry && (age < preferred || this.#failure)) {
      if (age >= fresh) this.refresh(after);
      return entry.answer.value;
    }
    if (this.#failure && (this.#isRunning(after) || this.#isPausing())) throw this.#failure.error;
    // Once more when the fetch that ran already was too old: it began before what the caller wants.
    for (let tries = 0; tries < 2; tries += 1) {
      await this.refresh(after)?.done;
      const fetched = this.#usable(atMost, after);
      if (fetched) return fetched.answer.value;
      if (this.#failure) break;
    }
    throw this.#failure?.error ?? unavailable("an answer that came too late", this.#expected);
  }

  /** Fetch the value in the background, unless a fetch began after this event, or failed a moment ago. */
  refresh(after = 0): Fetch | undefined {
    if (this.#isRunning(after)) return this.#fetching;
    if (this.#isPausing()) return undefined;
    const fetching: Fetch = { at: this.#means.now(), tick: this.#means.tick(), done: Promise.resolve() };
    this.#fetching = fetching;
    fetching.done = this.#run(fetching);
    return fetching;
  }

  /** Whether there is a value, requested more than these milliseconds ago. */
  isOlderThan(milliseconds: number): boolean {
    return this.#entry !== undefined && this.#means.now() - this.#entry.at > milliseconds;
  }

  #usable(atMost: number, after: number) {
    const entry = this.#entry;
    if (!entry || entry.tick <= after) return undefined;
    return this.#means.now() - entry.at < Math.min(entry.answer.milliseconds, atMost) ? entry : undefined;
  }

  #isRunning(after: number): boolean {
    return this.#fetching !== undefined && this.#fetching.tick > after;
  }

  /** Whether the last attempt failed a moment ago. Callers that have nothing at all are not kept waiting by it. */
  #isPausing(): boolean {
    return this.#failure !== undefined && !!this.#entry && this.#means.now() - this.#failure.at < PAUSE_MS;
  }

  async #run(fetching: Fetch): Promise<void> {
    try {
      const answer = await this.#fetch();
      if (this.#isOvertaken(fetching)) return;
      this.#entry = { answer, at: fetching.at, tick: fetching.tick };
      if (this.#failure) this.#means.log(`Vestibule answers again: ${this.#expected}`);
      this.#failure = undefined;
    } catch (error) {
      if (this.#isOvertaken(fetching)) return;
      this.#failure = { error: unavailable(error, this.#expected), at: this.#means.now() };
      this.#means.log(this.#failure.error.message);
    } finally {
      if (this.#fetching === fetching) this.#fetching = undefined;
    }
  }

  #isOvertaken(fetching: Fetch): boolean {
    return this.#entry !== undefined && this.#entry.tick > fetching.tick;
  }
}
