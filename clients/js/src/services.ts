import type { FirebaseApp } from "firebase/app";
import { type User, getAuth, onAuthStateChanged, signOut } from "firebase/auth";
import { getFunctions, httpsCallable } from "firebase/functions";

import { Connection } from "./connection.js";
import { FirepodError } from "./errors.js";
import { clearTimer, fetched, timer } from "./platform.js";

// An instance that starts takes some seconds; after these one looks whether anybody is there.
const DOUBTFUL_MS = 12_000;

/** Where a backend is. */
export interface Options {
  /** Your FirebaseApp; a user signs in with Firebase Authentication. */
  app: FirebaseApp;
  /** The functions' region; us-central1 unless the backend was deployed elsewhere. */
  region?: string;
  /** Where the REST API is, without a slash at its end; `https://{project}.web.app/api` unless said. */
  apiUrl?: string;
  /**
   * Where the backend enforces App Check: `async () => (await getToken(appCheck)).token`, of firebase/app-check. Calls, documents and
   * files have the token without it; the REST API, which `quota` and `models` ask, has not.
   */
  appCheckToken?: () => Promise<string>;
}

const SIGN_IN = "Sign in first.";
const _localApis = new WeakMap<FirebaseApp, string>();

/** From now on this app's REST API is at `url`. */
export function useApi(app: FirebaseApp, url: string): void {
  _localApis.set(app, url);
}

/** Calls of the backend, as the signed-in user. */
export class Services {
  readonly app: FirebaseApp;
  readonly connection: Connection;
  readonly #region: string | undefined;
  readonly #apiUrl: string | undefined;
  readonly #appCheckToken: (() => Promise<string>) | undefined;
  readonly #touched = new Set<(path: string) => void>();

  constructor({ app, region, apiUrl, appCheckToken }: Options) {
    this.app = app;
    this.#region = region;
    this.#apiUrl = apiUrl;
    this.#appCheckToken = appCheckToken;
    this.connection = new Connection(() => `${this.#api()}/health`);
  }

  /** The signed-in user's id. */
  userId(): string {
    const userId = this.currentUserId();
    if (userId === undefined) {
      throw new FirepodError("unauthenticated", SIGN_IN);
    }
    return userId;
  }

  /** The same, undefined while nobody is signed in. */
  currentUserId(): string | undefined {
    return this.#user()?.uid;
  }

  /** Throws unless this user is the signed-in one: nothing that one has begun is done as another one. */
  isStill(userId: string | undefined): void {
    if (this.currentUserId() !== userId) {
      throw new FirepodError("unauthenticated", "You have signed out meanwhile.");
    }
  }

  /** Tells the user's id now and whenever another one signs in; undefined: nobody. Returns what ends it. */
  onUser(next: (userId: string | undefined) => void): () => void {
    return onAuthStateChanged(getAuth(this.app), (user) => next(user?.uid));
  }

  /** Told the path of each generation that was cancelled, retried or discarded here. Returns what ends it. */
  onTouched(next: (path: string) => void): () => void {
    this.#touched.add(next);
    return () => this.#touched.delete(next);
  }

  touched(path: string): void {
    for (const tell of this.#touched) {
      tell(path);
    }
  }

  /** Why Firestore has not given what is `ownerId`'s: for everybody else it is not there. */
  unread(error: unknown, ownerId: string): FirepodError {
    const reason = FirepodError.from(error);
    const userId = this.currentUserId();
    if (reason.code !== "permission-denied" || userId === ownerId) {
      return reason;
    }
    return userId === undefined
      ? new FirepodError("unauthenticated", SIGN_IN, { cause: error })
      : new FirepodError("not-found", "You have no such generation.", { cause: error });
  }

  /** What a callable function answers. */
  async call<Answer>(name: string, request: object): Promise<Answer> {
    const call = httpsCallable<object, Answer>(getFunctions(this.app, this.#region), name);
    return this.#renewing(async () => {
      try {
        return (await call(request)).data;
      } catch (error) {
        throw FirepodError.from(error);
      }
    });
  }

  /** What the REST API answers to GET. */
  async get<Answer>(path: string): Promise<Answer> {
    return this.#renewing(() => this.#get<Answer>(path));
  }

  /** Do it; once more with a new token where the one that was sent is not taken: nothing was done then. */
  async #renewing<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const user = this.#user();
    try {
      return await this.#watched(act);
    } catch (error) {
      if (user === null || !(error instanceof FirepodError && error.code === "unauthenticated")) {
        throw error;
      }
      await this.#renew(user);
      this.isStill(user.uid);
      return this.#watched(act);
    }
  }

  /** Tell the connection whether it is answered. */
  async #watched<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    const doubtful = timer(() => void this.connection.doubt(), DOUBTFUL_MS);
    try {
      const answer = await act();
      this.connection.answered(true);
      return answer;
    } catch (error) {
      this.connection.answered(!(error instanceof FirepodError && error.isAway));
      throw error;
    } finally {
      clearTimer(doubtful);
    }
  }

  /** See whether the session still is one; nothing where nobody is signed in. */
  async renew(): Promise<void> {
    const user = this.#user();
    if (user !== null) {
      await this.#renew(user);
    }
  }

  /** A session that gets no token any more is over, as it would be when the app starts again. */
  async #renew(user: User): Promise<void> {
    try {
      await user.getIdToken(true);
    } catch (error) {
      const reason = FirepodError.from(error);
      if (reason.isAway) {
        throw reason;
      }
      if (this.currentUserId() === user.uid) {
        await signOut(getAuth(this.app));
      }
      throw new FirepodError("unauthenticated", "Your session is over. Sign in again.", { cause: error });
    }
  }

  async #get<Answer>(path: string): Promise<Answer> {
    const answer = await this.#fetch(path);
    const body = (await answer.json().catch(() => undefined)) as Partial<RestError> | undefined;
    if (answer.ok && body !== undefined) {
      return body as Answer;
    }
    if (body?.error === undefined) {
      throw FirepodError.away(new Error(`HTTP ${answer.status}`));
    }
    const { code, message, details } = body.error;
    throw new FirepodError(code, message, { details });
  }

  #user(): User | null {
    return getAuth(this.app).currentUser;
  }

  async #fetch(path: string) {
    try {
      const token = await this.#user()?.getIdToken();
      const app = await this.#appCheckToken?.().catch(() => undefined); // without one the backend says what it wants
      const headers = {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        ...(app !== undefined && { "X-Firebase-AppCheck": app }),
      };
      return await fetched(`${this.#api()}${path}`, { headers });
    } catch (error) {
      throw FirepodError.away(error);
    }
  }

  #api(): string {
    const site = `https://${this.app.options.projectId}.web.app/api`;
    return this.#apiUrl ?? _localApis.get(this.app) ?? site;
  }
}

interface RestError {
  error: { code: string; message: string; details?: object };
}
