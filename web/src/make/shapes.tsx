/** Aspect ratios, drawn as what they are. */
import type { Field } from "../tasks.js";
import type { Values } from "../context.js";

export function Shapes({
  shapes,
  names,
  fields,
  values,
  onChoose,
}: {
  /** Name, width and height of each. */
  shapes: readonly [string, number, number][];
  /** The two fields that they stand for. */
  names: readonly string[];
  fields: readonly Field[];
  values: Values;
  onChoose: (values: Values) => void;
}) {
  const now = names.map((name) => Number(values[name] ?? fields.find((one) => one.name === name)?.default));
  return (
    <div class="shapes" role="group" aria-label="Shape">
      {shapes.map(([name, width, height]) => {
        const scale = 22 / Math.max(width, height);
        return (
          <button
            type="button"
            key={name}
            class="shape"
            aria-pressed={now[0] === width && now[1] === height}
            title={`${width} × ${height}`}
            onClick={() => onChoose({ [names[0]!]: width, [names[1]!]: height })}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <rect
                x={12 - (width * scale) / 2}
                y={12 - (height * scale) / 2}
                width={width * scale}
                height={height * scale}
                rx="2"
              />
            </svg>
            {name}
          </button>
        );
      })}
    </div>
  );
}
