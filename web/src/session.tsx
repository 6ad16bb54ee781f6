/** Signing in and out. */
import {
  type Auth,
  EmailAuthProvider,
  type User,
  createUserWithEmailAndPassword,
  linkWithCredential,
  sendPasswordResetEmail,
  signInAnonymously,
  signInWithEmailAndPassword,
  signOut,
} from "firebase/auth";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import type { Backend } from "./backend.js";
import { Dialog } from "./ui/dialog.js";

const PROBLEMS: Record<string, string> = {
  "auth/invalid-email": "That is not an email address.",
  "auth/missing-email": "Enter an email address.",
  "auth/missing-password": "Enter a password.",
  "auth/weak-password": "The password needs at least 6 characters.",
  "auth/email-already-in-use": "This email has an account already. Sign in instead.",
  "auth/user-not-found": "There is no account with this email. Create one.",
  "auth/wrong-password": "Email and password do not match.",
  "auth/invalid-credential": "Email and password do not match an account.",
  "auth/too-many-requests": "Too many tries. Wait a minute.",
  "auth/network-request-failed": "The sign-in service does not answer.",
  "auth/operation-not-allowed": "This way to sign in is turned off in the Firebase project.",
  "auth/admin-restricted-operation": "This way to sign in is turned off in the Firebase project.",
};

/** Runs attempts one at a time, and says why one failed. */
function useAttempt() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [code, setCode] = useState("");
  async function attempt(act: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    setProblem("");
    setCode("");
    try {
      await act();
      return true;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      setCode(code);
      setProblem(PROBLEMS[code] ?? `That failed (${code || error}).`);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { busy, problem, code, attempt };
}

function Credentials({
  problem,
  creating = false,
  onSubmit,
  onForgotten,
  children,
}: {
  problem: string;
  /** Whether it is for a new account, so that a password manager offers a new password. */
  creating?: boolean;
  onSubmit: (email: string, password: string, create: boolean) => void;
  onForgotten?: (email: string) => void;
  children: ComponentChildren;
}) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  return (
    <form
      class="credentials"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const by = event.submitter;
        onSubmit(email, password, by instanceof HTMLButtonElement && by.value === "create");
      }}
    >
      <div class="field">
        <label for="email">Email</label>
        <input
          id="email"
          type="email"
          autocomplete="username"
          value={email}
          onInput={(event) => setEmail(event.currentTarget.value)}
        />
      </div>
      <div class="field">
        <label for="password">Password</label>
        <input
          id="password"
          type="password"
          autocomplete={creating ? "new-password" : "current-password"}
          aria-describedby="password-hint"
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
        <p class="hint">
          <span id="password-hint">At least 6 characters.</span>{" "}
          {onForgotten && (
            <button type="button" class="link" onClick={() => onForgotten(email)}>
              Forgotten it?
            </button>
          )}
        </p>
      </div>
      <p class="problem" role="alert">
        {problem}
      </p>
      {children}
    </form>
  );
}

/** What somebody sees who is not signed in. */
export function SignIn({ backend: { auth, local }, wasIn }: { backend: Backend; wasIn: boolean }) {
  const { busy, problem, attempt } = useAttempt();
  const [mailed, setMailed] = useState("");
  const mail = async (email: string) => {
    setMailed("");
    if (await attempt(() => sendPasswordResetEmail(auth, email))) setMailed(email);
  };
  return (
    <main class="welcome">
      <div class="pitch">
        <h1 tabIndex={-1}>Pictures, videos and voices, from your words.</h1>
        <p class="lead">
          Ask for something and watch it being made. What you do here is what your app does, with the
          same calls and the same documents.
        </p>
        {local && (
          <p>
            On this machine no GPU is at work: unless you brought an engine of your own, what you see
            and hear is made by mathematics, without a model.
          </p>
        )}
        <p>
          <a href="/api/docs">Read the API</a> if your client is a server rather than an app.
        </p>
      </div>
      <section class="panel" aria-label="Sign in">
        <h2>Come in</h2>
        {wasIn && <p role="status">You are signed out. Sign in again to go on.</p>}
        <button
          type="button"
          class="primary wide"
          disabled={busy}
          onClick={() => attempt(() => signInAnonymously(auth))}
        >
          Continue as guest
        </button>
        <p class="hint">Nothing to fill in. What you make is yours until you sign out; an email keeps it.</p>
        <p class="or">or with an email</p>
        <Credentials
          problem={problem}
          onForgotten={mail}
          onSubmit={(email, password, create) =>
            attempt(() =>
              create
                ? createUserWithEmailAndPassword(auth, email, password)
                : signInWithEmailAndPassword(auth, email, password),
            )
          }
        >
          {mailed !== "" && <p role="status">If {mailed} has an account, a mail with a link to a new password is on its way.</p>}
          <div class="row">
            <button type="submit" class="wide" disabled={busy}>
              Sign in
            </button>
            <button type="submit" value="create" class="quiet wide" disabled={busy}>
              Create an account
            </button>
          </div>
        </Credentials>
      </section>
    </main>
  );
}

/** Who is signed in, and the way out; a guest is told what that costs. */
export function Account({ auth, user, onKept }: { auth: Auth; user: User; onKept: () => void }) {
  const [asked, setAsked] = useState<"leave" | "keep">();
  return (
    <div class="account">
      <span class="account-name" title={user.uid}>
        {user.email ?? "Guest"}
      </span>
      {user.isAnonymous && (
        <button type="button" class="quiet" onClick={() => setAsked("keep")}>
          Keep my work
        </button>
      )}
      <button
        type="button"
        class="quiet"
        onClick={() => (user.isAnonymous ? setAsked("leave") : signOut(auth))}
      >
        Sign out
      </button>
      {asked !== undefined && (
        <Keep
          auth={auth}
          user={user}
          leaving={asked === "leave"}
          onClose={() => setAsked(undefined)}
          onKept={onKept}
        />
      )}
    </div>
  );
}

function Keep({
  auth,
  user,
  leaving,
  onClose,
  onKept,
}: {
  auth: Auth;
  user: User;
  leaving: boolean;
  onClose: () => void;
  onKept: () => void;
}) {
  const { busy, problem, code, attempt } = useAttempt();
  const [given, setGiven] = useState<[string, string]>(["", ""]);
  const keep = async (email: string, password: string) => {
    setGiven([email, password]);
    const kept = await attempt(async () => {
      await linkWithCredential(user, EmailAuthProvider.credential(email, password));
      await user.getIdToken(true); // which says no longer that this is a guest
    });
    if (kept) {
      onKept();
      onClose();
    }
  };
  const taken = code === "auth/email-already-in-use";
  return (
    <Dialog label={leaving ? "Sign out" : "Keep my work"} onClose={onClose}>
      <h2>{leaving ? "Sign out and lose everything?" : "Keep what you have made"}</h2>
      <p>
        {leaving
          ? "A guest cannot come back: everything you have made is lost to you. Add an email to keep it."
          : "With an email and a password you find it again, on any device."}
      </p>
      <Credentials problem={taken ? "" : problem} creating onSubmit={keep}>
        {taken && (
          <div class="alert" role="alert">
            <p>
              {given[0]} has an account already, and work of two cannot be put together. Take another email to keep this
              work, or sign in there and leave it.
            </p>
            <button type="button" disabled={busy} onClick={() => attempt(() => signInWithEmailAndPassword(auth, ...given))}>
              Sign in and leave it
            </button>
          </div>
        )}
        <div class="row end">
          {leaving ? (
            <button type="button" class="danger" disabled={busy} onClick={() => signOut(auth)}>
              Sign out and lose it
            </button>
          ) : (
            <button type="button" onClick={onClose}>
              Not now
            </button>
          )}
          <button type="submit" class="primary" disabled={busy}>
            Keep it
          </button>
        </div>
      </Credentials>
    </Dialog>
  );
}
