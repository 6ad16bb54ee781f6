import { launchImageLibraryAsync } from "expo-image-picker";
import { FirepodError } from "firepod";
import { useFirepod } from "firepod/react";
import { useEffect, useRef, useState } from "react";
import { Image, Text, TextInput, View } from "react-native";

import { sentence } from "./backend";
import { Bar, Button, Problem, useLook } from "./look";

/** A picture to start from: where it is stored, and how it looks here. */
export interface Start {
  path: string;
  url: string;
}

interface Props {
  start: Start | undefined;
  onStart: (start: Start | undefined) => void;
  onMade: (path: string) => void;
}

export function Composer({ start, onStart, onMade }: Props) {
  const look = useLook();
  const firepod = useFirepod();
  const [prompt, setPrompt] = useState("");
  const [asking, setAsking] = useState(false);
  const [uploaded, setUploaded] = useState<number>();
  const [error, setError] = useState("");
  const upload = useRef<AbortController>(undefined);
  useEffect(() => () => upload.current?.abort(), []);

  const make = async () => {
    setAsking(true);
    setError("");
    try {
      const { path } = await firepod.generate(
        start ? { task_type: "img2img", prompt, init_image: start.path } : { task_type: "text2img", prompt },
      );
      onMade(path);
    } catch (reason) {
      const { code, fields } = FirepodError.from(reason);
      if (code === "not-found" || fields.has("init_image")) {
        onStart(undefined); // it was discarded, or went with the picture that began with it
      }
      setError(sentence(reason));
    } finally {
      setAsking(false);
    }
  };

  const choose = async () => {
    const { assets } = await launchImageLibraryAsync({ mediaTypes: ["images"], quality: 0.9 });
    const picked = assets?.[0];
    if (picked === undefined) {
      return;
    }
    const { signal } = (upload.current = new AbortController());
    setError("");
    setUploaded(0);
    try {
      const path = await firepod.upload(
        { uri: picked.uri },
        { ...(picked.mimeType && { contentType: picked.mimeType }), onProgress: setUploaded, signal },
      );
      onStart({ path, url: picked.uri });
    } catch (reason) {
      if (!signal.aborted) {
        setError(sentence(reason));
      }
    } finally {
      setUploaded(undefined);
    }
  };

  return (
    <View style={look.part}>
      <Text style={look.label}>What is to be seen?</Text>
      <TextInput
        accessibilityLabel="What is to be seen?"
        style={look.input}
        multiline
        value={prompt}
        onChangeText={setPrompt}
        placeholder="A lighthouse at sunset, watercolour"
        placeholderTextColor={look.quiet.color}
      />
      <View style={look.row}>
        {start && <Image source={{ uri: start.url }} style={look.start} accessibilityLabel="What it starts from" />}
        {start && <Button label="Start from nothing" onPress={() => onStart(undefined)} />}
        {!start && uploaded === undefined && <Button label="Start from a picture" onPress={choose} />}
        {uploaded !== undefined && <Button label="Stop the upload" onPress={() => upload.current?.abort()} />}
      </View>
      {uploaded !== undefined && <Bar label="Upload" done={uploaded} />}
      <Button
        main
        label={asking ? "Asking …" : "Make a picture"}
        disabled={asking || uploaded !== undefined || prompt.trim() === ""}
        onPress={make}
      />
      <Problem said={error} />
    </View>
  );
}
