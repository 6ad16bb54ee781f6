import { type FirebaseOptions, initializeApp } from "firebase/app";
import { getAuth } from "firebase/auth";
import { FirepodError, connectLocalStack, createFirepod } from "firepod";

const LOCAL = { projectId: "demo-firepod", apiKey: "local" };
const {
  VITE_FIREBASE_CONFIG: config,
  VITE_FIREPOD_REGION: region,
  VITE_FIREPOD_API_URL: apiUrl,
  VITE_PORT_OFFSET: offset,
} = import.meta.env;

const app = initializeApp(config ? (JSON.parse(config) as FirebaseOptions) : LOCAL);
if (!config) {
  const asked = new URLSearchParams(location.search).get("offset") ?? offset ?? "0";
  connectLocalStack(app, { portOffset: Number(asked) });
}

export const auth = getAuth(app);
export const firepod = createFirepod({ app, ...(region && { region }), ...(apiUrl && { apiUrl }) });

/** What to tell people of an error: the problem of a field says more than that there is one. */
export function sentence(error: unknown): string {
  const { message, fields } = FirepodError.from(error);
  return [...fields].map(([field, problem]) => `${field}: ${problem}`).join(" ") || message;
}
