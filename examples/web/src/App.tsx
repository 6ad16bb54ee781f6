import { type User, onAuthStateChanged, signInAnonymously, signOut } from "firebase/auth";
import { useQuota } from "firepod/react";
import { useEffect, useState } from "react";

import { auth, sentence } from "./backend";
import { Composer, type Start } from "./Composer";
import { Gallery } from "./Gallery";
import { Stage } from "./Stage";

export function App() {
  const [user, setUser] = useState<User | null>();
  useEffect(() => onAuthStateChanged(auth, setUser), []);
  if (user === undefined) {
    return null; // Firebase still looks for who was here before
  }
  return user === null ? <Welcome /> : <Studio key={user.uid} guest={user.isAnonymous} />;
}

function Welcome() {
  const [error, setError] = useState("");
  const enter = () => signInAnonymously(auth).catch((reason: unknown) => setError(sentence(reason)));
  return (
    <main className="welcome">
      <h1>Pictures from words</h1>
      <p>Say what you want to see.</p>
      <button type="button" className="main" onClick={enter}>
        Continue as guest
      </button>
      {error && <p role="alert">{error}</p>}
    </main>
  );
}

function Studio({ guest }: { guest: boolean }) {
  const [shown, setShown] = useShown();
  const [start, setStart] = useState<Start>();
  const { quota } = useQuota();
  return (
    <main>
      <header>
        <h1>Pictures from words</h1>
        {quota && (
          <p className="quota">
            {Math.max(0, quota.daily.limit - quota.daily.used)} of {quota.daily.limit} left today
          </p>
        )}
        <button type="button" onClick={() => void signOut(auth)}>
          Sign out
        </button>
      </header>
      <Composer start={start} onStart={setStart} onMade={setShown} />
      {shown && <Stage key={shown} path={shown} onStart={setStart} />}
      <Gallery shown={shown} onShow={setShown} />
      {guest && <footer>You are a guest: who signs out leaves these pictures behind.</footer>}
    </main>
  );
}

/** The path of the generation that is looked at; it is all that a reload needs. */
function useShown(): [string | undefined, (path: string) => void] {
  const [shown, setShown] = useState(() => sessionStorage.getItem(`shown of ${auth.currentUser?.uid}`) ?? undefined);
  const show = (path: string) => {
    sessionStorage.setItem(`shown of ${auth.currentUser?.uid}`, path);
    setShown(path);
  };
  return [shown, show];
}
