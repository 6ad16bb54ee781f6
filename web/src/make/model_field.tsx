import type { Model } from "firepod";

import { dollars } from "../ui/text.js";

/** Which model is to make it, with the price of each; only where there are several. */
export function ModelField({
  models,
  usual,
  value,
  onChange,
}: {
  models: readonly Model[];
  usual: Model | undefined;
  value: unknown;
  onChange: (id: string | undefined) => void;
}) {
  const able = models.some(({ id }) => id === value);
  const chosen = able ? models.find(({ id }) => id === value) : usual;
  return (
    <div class="field choice">
      <label for="field-model">Model</label>
      <select
        id="field-model"
        value={able ? String(value) : ""}
        aria-describedby="field-model-hint"
        onChange={({ currentTarget }) => onChange(currentTarget.value || undefined)}
      >
        <option value="">usual{usual === undefined ? "" : `: ${usual.label}`}</option>
        {models.map((one) => (
          <option key={one.id} value={one.id}>
            {one.label}
            {one.price ? `, ${dollars(one.price.usd)} a ${one.price.per}` : ""}
          </option>
        ))}
      </select>
      <p class="hint" id="field-model-hint">
        {chosen !== undefined && !chosen.commercial ? `${chosen.licence}: not for earning money.` : ""}
      </p>
    </div>
  );
}
