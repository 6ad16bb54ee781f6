import {
  createUserWithEmailAndPassword,
  onAuthStateChanged,
  signInAnonymously,
  signInWithEmailAndPassword,
  signOut,
} from "firebase/auth";

import { fill, h } from "./dom.js";

/** @import { Auth, User } from "firebase/auth" */

/** @type {Record<string, string>} */
const PROBLEMS = {
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

/**
 * Call `show` with the user, or null, now and whenever that changes.
 *
 * @param {Auth} auth
 * @param {(user: User | null) => void} show
 */
export function watchUser(auth, show) {
  onAuthStateChanged(auth, show);
}

/**
 * What somebody sees who is not signed in.
 *
 * @param {Auth} auth
 * @param {boolean} local  whether this is the local stack, whose own engine has no model
 */
export function signInView(auth, local) {
  const email = h("input", { id: "email", type: "email", autocomplete: "username" });
  const password = h("input", {
    id: "password",
    type: "password",
    autocomplete: "current-password",
    "aria-describedby": "password-hint",
  });
  const problem = h("p", { className: "problem", role: "alert" });
  const buttons = [
    h("button", { type: "button", className: "primary wide", onclick: guest }, "Continue as guest"),
    h("button", { type: "submit", className: "wide" }, "Sign in"),
    h("button", { type: "button", className: "quiet wide", onclick: create }, "Create an account"),
  ];

  /** @param {() => Promise<unknown>} attempt */
  async function enter(attempt) {
    buttons.forEach((button) => (button.disabled = true));
    fill(problem);
    try {
      await attempt();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      fill(problem, PROBLEMS[code] ?? `Signing in failed (${code || error}).`);
    } finally {
      buttons.forEach((button) => (button.disabled = false));
    }
  }

  function guest() {
    return enter(() => signInAnonymously(auth));
  }

  function create() {
    return enter(() => createUserWithEmailAndPassword(auth, email.value, password.value));
  }

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    return enter(() => signInWithEmailAndPassword(auth, email.value, password.value));
  }

  return h(
    "main",
    { className: "welcome" },
    h(
      "div",
      { className: "pitch" },
      h("h1", {}, "Pictures, videos and voices, made on GPUs."),
      h(
        "p",
        { className: "lead" },
        "Ask for something and watch it being made: queued, processing, done. ",
        "What you do here is what your app does, with the same calls and the same documents.",
      ),
      local &&
        h(
          "p",
          {},
          "On this machine no GPU is at work: unless you brought an engine of your own, ",
          "what you see and hear is made by mathematics, without a model.",
        ),
      h(
        "p",
        {},
        h("a", { href: "/api/docs" }, "Read the API"),
        " if your client is a server rather than an app.",
      ),
    ),
    h(
      "form",
      { className: "panel", noValidate: true, onsubmit: submit, "aria-label": "Sign in" },
      h("h2", {}, "Come in"),
      buttons[0],
      h("p", { className: "or" }, "or with an email"),
      h("div", { className: "field" }, h("label", { htmlFor: "email" }, "Email"), email),
      h(
        "div",
        { className: "field" },
        h("label", { htmlFor: "password" }, "Password"),
        password,
        h("p", { className: "hint", id: "password-hint" }, "At least 6 characters."),
      ),
      problem,
      h("div", { className: "row" }, buttons[1], buttons[2]),
    ),
  );
}

/**
 * Who is signed in, and the way out.
 *
 * @param {Auth} auth
 * @param {User} user
 */
export function userMenu(auth, user) {
  return h(
    "div",
    { className: "user" },
    h("span", { className: "user-name", title: user.uid }, user.email ?? "Guest"),
    h("button", { type: "button", className: "quiet", onclick: () => signOut(auth) }, "Sign out"),
  );
}
