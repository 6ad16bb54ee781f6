import { type Generation, hasEnded, outputsOf, pathOf } from "firepod";
import { useGenerations } from "firepod/react";
import type { ReactNode } from "react";
import { FlatList, Image, Pressable, Text, View } from "react-native";

import { Problem, useLook } from "./look";

interface Props {
  onShow: (path: string) => void;
  /** What stands above the pictures. */
  children: ReactNode;
}

/** The user's pictures, newest first; older ones come when the end is near. */
export function Gallery({ onShow, children }: Props) {
  const look = useLook();
  const { generations, loading, error, hasOlder, loadOlder } = useGenerations({ mediaTypes: ["images"], pageSize: 24 });
  return (
    <FlatList
      data={generations}
      keyExtractor={({ file_uid }) => file_uid}
      numColumns={3}
      contentContainerStyle={look.list}
      columnWrapperStyle={look.columns}
      keyboardShouldPersistTaps="handled"
      onEndReached={() => hasOlder && void loadOlder()}
      ListHeaderComponent={<View style={look.part}>{children}</View>}
      ListEmptyComponent={
        error ? (
          <Problem said={error.message} />
        ) : (
          <Text style={look.quiet}>{loading ? "Looking …" : "Nothing yet. The first picture appears here."}</Text>
        )
      }
      renderItem={({ item }) => <Tile generation={item} onPress={() => onShow(pathOf(item))} />}
    />
  );
}

function Tile({ generation, onPress }: { generation: Generation; onPress: () => void }) {
  const look = useLook();
  const { status, preview, progress } = generation;
  const [picture] = outputsOf(generation);
  const uri = picture?.thumb_url ?? picture?.url ?? preview;
  return (
    <Pressable accessibilityRole="button" accessibilityLabel={promptOf(generation)} style={look.tile} onPress={onPress}>
      {uri && <Image source={{ uri }} style={look.fill} />}
      {status !== "completed" && (
        <Text style={look.badge}>
          {hasEnded(status) ? status : progress === undefined ? "waiting" : `${Math.round(progress * 100)} %`}
        </Text>
      )}
    </Pressable>
  );
}

export function promptOf({ request_data }: Generation): string {
  return typeof request_data.prompt === "string" ? request_data.prompt : "";
}
