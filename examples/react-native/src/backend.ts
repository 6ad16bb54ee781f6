import AsyncStorage from "@react-native-async-storage/async-storage";
import { type FirebaseOptions, initializeApp } from "firebase/app";
import { getReactNativePersistence, initializeAuth } from "firebase/auth";
import { FirepodError, connectLocalStack, createFirepod } from "firepod";
import { AppState } from "react-native";

const LOCAL = { projectId: "demo-firepod", apiKey: "local" };
// Expo puts them in where they are written out like this.
const config = process.env.EXPO_PUBLIC_FIREBASE_CONFIG;
const region = process.env.EXPO_PUBLIC_FIREPOD_REGION;
const apiUrl = process.env.EXPO_PUBLIC_FIREPOD_API_URL;
const portOffset = Number(process.env.EXPO_PUBLIC_PORT_OFFSET ?? 0);

const app = initializeApp(config ? (JSON.parse(config) as FirebaseOptions) : LOCAL);
// Before anything else asks for it: a user stays signed in when the app was closed.
export const auth = initializeAuth(app, { persistence: getReactNativePersistence(AsyncStorage) });
if (!config) {
  connectLocalStack(app, { portOffset });
}
export const firepod = createFirepod({ app, ...(region && { region }), ...(apiUrl && { apiUrl }) });

// A phone says nothing of its network: whoever comes back does not wait for the next try.
AppState.addEventListener("change", (state) => {
  if (state === "active") {
    firepod.wake();
  }
});

/** What to tell people of an error: the problem of a field says more than that there is one. */
export function sentence(error: unknown): string {
  const { message, fields } = FirepodError.from(error);
  return [...fields].map(([field, problem]) => `${field}: ${problem}`).join(" ") || message;
}
