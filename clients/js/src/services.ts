import type { FirebaseApp } from "firebase/app";
import { getAuth, onAuthStateChanged } from "firebase/auth";
import { getFunctions, httpsCallable } from "firebase/functions";

import { FirepodError } from "./errors.js";
import { fetched } from "./platform.js";

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

const _localApis = new WeakMap<FirebaseApp, string>();

/** From now on this app's REST API is at `url`. */
export function useApi(app: FirebaseApp, url: string): void {
  _localApis.set(app, url);
}

/** Calls of the backend, as the signed-in user. */
export class Services {
  readonly app: FirebaseApp;
  readonly #region: string | undefined;
  readonly #apiUrl: string | undefined;
  readonly #appCheckToken: (() => Promise<string>) | undefined;
  readonly #touched = new Set<(path: string) => void>();

  constructor({ app, region, apiUrl, appCheckToken }: Options) {
    this.app = app;
    this.#region = region;
    this.#apiUrl = apiUrl;
    this.#appCheckToken = appCheckToken;
  }

  /** The signed-in user's id. */
  userId(): string {
    const user = getAuth(this.app).currentUser;
    if (user === null) {
      throw new FirepodError("unauthenticated", "Sign in first.");
    }
    return user.uid;
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

  /** What a callable function answers. */
  async call<Answer>(name: string, request: object): Promise<Answer> {
    try {
      const call = httpsCallable<object, Answer>(getFunctions(this.app, this.#region), name);
      return (await call(request)).data;
    } catch (error) {
      throw FirepodError.from(error);
    }
  }

  /** What the REST API answers to GET. */
  async get<Answer>(path: string): Promise<Answer> {
    let answer = await this.#get(path, false);
    if (answer.status === 401) {
      answer = await this.#get(path, true); // the token was good when it was asked for
    }
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

  async #get(path: string, fresh: boolean) {
    const user = getAuth(this.app).currentUser;
    try {
      const token = user === null ? undefined : await user.getIdToken(fresh);
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
