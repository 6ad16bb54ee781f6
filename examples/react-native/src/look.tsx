/** How everything looks, light and dark. */
import { Pressable, StyleSheet, Text, View, useColorScheme } from "react-native";

const styles = (dark: boolean) => {
  const [paper, card, ink, quiet, line, accent, onAccent] = dark
    ? ["#151517", "#202024", "#f1efec", "#aaa59d", "#3a393e", "#ff9a7d", "#24110b"]
    : ["#fbfaf8", "#ffffff", "#1d1c1a", "#615d57", "#dedad3", "#b3361b", "#ffffff"];
  return StyleSheet.create({
    screen: { flex: 1, backgroundColor: paper, paddingTop: 56 },
    welcome: { flex: 1, justifyContent: "center", padding: 24, gap: 16 },
    title: { color: ink, fontSize: 28, fontWeight: "600", textAlign: "center" },
    list: { padding: 16, gap: 6 },
    columns: { gap: 6 },
    part: { gap: 12, marginBottom: 12 },
    row: { flexDirection: "row", flexWrap: "wrap", alignItems: "center", justifyContent: "space-between", gap: 8 },
    label: { color: ink, fontWeight: "600", fontSize: 16 },
    quiet: { color: quiet, fontSize: 14 },
    problem: { color: accent, fontSize: 15 },
    input: {
      color: ink,
      backgroundColor: card,
      borderColor: line,
      borderWidth: 1,
      borderRadius: 12,
      padding: 12,
      minHeight: 84,
      fontSize: 16,
      textAlignVertical: "top",
    },
    button: { backgroundColor: card, borderColor: line, borderWidth: 1, borderRadius: 12, padding: 12, minHeight: 44 },
    main: { backgroundColor: accent, borderColor: accent },
    words: { color: ink, fontSize: 16, textAlign: "center" },
    mainWords: { color: onAccent, fontWeight: "600" },
    off: { opacity: 0.6 },
    start: { width: 44, height: 44, borderRadius: 8 },
    stage: { gap: 12, padding: 12, borderRadius: 16, borderWidth: 1, borderColor: line, backgroundColor: card },
    picture: { width: "100%", aspectRatio: 1, borderRadius: 10 },
    tile: { flex: 1 / 3, aspectRatio: 1, borderRadius: 10, overflow: "hidden", backgroundColor: line },
    fill: { width: "100%", height: "100%" },
    badge: {
      position: "absolute",
      left: 6,
      bottom: 6,
      paddingHorizontal: 8,
      borderRadius: 10,
      overflow: "hidden",
      color: paper,
      backgroundColor: ink,
      fontSize: 12,
    },
    track: { height: 6, borderRadius: 3, backgroundColor: line, overflow: "hidden" },
    done: { height: 6, backgroundColor: accent },
  });
};
const [LIGHT, DARK] = [styles(false), styles(true)];

export const useLook = () => (useColorScheme() === "dark" ? DARK : LIGHT);

interface ButtonProps {
  label: string;
  onPress: () => void;
  main?: boolean;
  disabled?: boolean;
}

export function Button({ label, onPress, main = false, disabled = false }: ButtonProps) {
  const look = useLook();
  return (
    <Pressable
      accessibilityRole="button"
      disabled={disabled}
      onPress={onPress}
      style={[look.button, main && look.main, disabled && look.off]}
    >
      <Text style={[look.words, main && look.mainWords]}>{label}</Text>
    </Pressable>
  );
}

/** `done`: 0..1. */
export function Bar({ label, done }: { label: string; done: number }) {
  const look = useLook();
  const percent = Math.round(done * 100);
  return (
    <View
      accessibilityRole="progressbar"
      accessibilityLabel={label}
      accessibilityValue={{ min: 0, max: 100, now: percent }}
      style={look.track}
    >
      <View style={[look.done, { width: `${percent}%` }]} />
    </View>
  );
}

export function Problem({ said }: { said: string }) {
  const look = useLook();
  return said === "" ? null : (
    <Text accessibilityRole="alert" style={look.problem}>
      {said}
    </Text>
  );
}
