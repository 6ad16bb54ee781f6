import { hasEnded, outputsOf } from "firepod";
import { useGeneration } from "firepod/react";
import { useState } from "react";
import { Image, Text, View } from "react-native";

import { sentence } from "./backend";
import type { Start } from "./Composer";
import { promptOf } from "./Gallery";
import { Bar, Button, Problem, useLook } from "./look";

/** One generation, large: how far it is, how it looks so far, and what can be done with it. */
export function Stage({ path, onStart }: { path: string; onStart: (start: Start) => void }) {
  const look = useLook();
  const { generation, loading, error, handle } = useGeneration(path);
  const [problem, setProblem] = useState("");
  if (error) {
    return <Problem said={error.message} />;
  }
  if (generation === undefined || handle === undefined) {
    return <Text style={look.quiet}>{loading ? "Looking …" : "This picture was discarded."}</Text>;
  }
  const { status, progress, preview } = generation;
  const [picture] = outputsOf(generation);
  const uri = picture?.url ?? preview;
  const act = (done: Promise<unknown>) => {
    setProblem("");
    done.catch((reason: unknown) => setProblem(sentence(reason)));
  };
  return (
    <View style={look.stage}>
      {uri && <Image source={{ uri }} style={look.picture} resizeMode="contain" accessibilityLabel={promptOf(generation)} />}
      {!hasEnded(status) && <Bar label="Progress" done={progress ?? 0} />}
      <Text style={look.quiet} accessibilityLiveRegion="polite">
        {status === "failed" ? generation.error : `${WORDS[status]}${promptOf(generation)}`}
      </Text>
      <View style={look.row}>
        {!hasEnded(status) && <Button label="Cancel" onPress={() => act(handle.cancel())} />}
        {picture && (
          <Button
            label="Use as start"
            onPress={() => onStart({ path: picture.path, url: picture.thumb_url ?? picture.url })}
          />
        )}
        {(status === "failed" || status === "cancelled") && (
          <Button label="Try again" onPress={() => act(handle.retry())} />
        )}
        {hasEnded(status) && <Button label="Discard" onPress={() => act(handle.discard())} />}
      </View>
      <Problem said={problem} />
    </View>
  );
}

const WORDS = { queued: "Waiting: ", processing: "Working: ", completed: "", failed: "", cancelled: "Cancelled: " };
