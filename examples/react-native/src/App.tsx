import { StatusBar } from "expo-status-bar";
import { type User, onAuthStateChanged, signInAnonymously, signOut } from "firebase/auth";
import { FirepodProvider, useConnection, useQuota } from "firepod/react";
import { useEffect, useState } from "react";
import { Text, View } from "react-native";

import { auth, firepod, sentence } from "./backend";
import { Composer, type Start } from "./Composer";
import { Gallery } from "./Gallery";
import { Stage } from "./Stage";
import { Button, Problem, useLook } from "./look";

export function App() {
  const look = useLook();
  const [user, setUser] = useState<User | null>();
  useEffect(() => onAuthStateChanged(auth, setUser), []);
  return (
    <FirepodProvider firepod={firepod}>
      <StatusBar style="auto" />
      <View style={look.screen}>
        {user === null && <Welcome />}
        {user && <Studio key={user.uid} guest={user.isAnonymous} />}
      </View>
    </FirepodProvider>
  );
}

function Welcome() {
  const look = useLook();
  const [error, setError] = useState("");
  const enter = () => signInAnonymously(auth).catch((reason: unknown) => setError(sentence(reason)));
  return (
    <View style={look.welcome}>
      <Text style={look.title}>Pictures from words</Text>
      <Button main label="Continue as guest" onPress={enter} />
      <Problem said={error} />
    </View>
  );
}

function Studio({ guest }: { guest: boolean }) {
  const look = useLook();
  const [shown, setShown] = useState<string>();
  const [start, setStart] = useState<Start>();
  const { quota } = useQuota();
  const connected = useConnection();
  return (
    <Gallery onShow={setShown}>
      <View style={look.row}>
        <Text style={look.quiet}>
          {quota && `${Math.max(0, quota.daily.limit - quota.daily.used)} of ${quota.daily.limit} left today`}
        </Text>
        <Button label="Sign out" onPress={() => void signOut(auth)} />
      </View>
      {!connected && <Text style={look.quiet}>The connection is lost. What you see stays, and goes on by itself.</Text>}
      {guest && <Text style={look.quiet}>You are a guest: who signs out leaves these pictures behind.</Text>}
      <Composer start={start} onStart={setStart} onMade={setShown} />
      {shown && <Stage key={shown} path={shown} onStart={setStart} />}
    </Gallery>
  );
}
