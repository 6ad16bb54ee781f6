/** What a request will cost, and what is left, before it is sent. */
import type { Model } from "firepod";

import type { Values } from "../context.js";
import type { Field } from "../tasks.js";
import { dollars } from "../ui/text.js";
import { type Known, useLeft } from "./known.js";
import { priceOf, unitsOf } from "./request.js";

export function Cost({
  request,
  fields,
  model,
  known,
}: {
  request: Values;
  fields: readonly Field[];
  model: Model | undefined;
  known: Known;
}) {
  const { quota, away } = useLeft();
  const left = quota && Math.max(0, quota.daily.limit - quota.daily.used);
  const units = unitsOf(request, fields, model);
  const price = priceOf(model, fields, request);
  const costs = price === undefined ? model?.price && `${dollars(model.price.usd)} a ${model.price.per}` : `about ${dollars(price)}`;
  return (
    <div class="cost">
      <p>
        {known === "known" && (units === 1 ? "1 unit" : `${units.toLocaleString("en")} units`)}
        {known === "known" && costs && `, ${costs}`}
      </p>
      {left !== undefined && (
        <p class={known === "known" && units > left ? "problem" : ""}>
          {left.toLocaleString("en")} of {quota!.daily.limit.toLocaleString("en")} units left today
        </p>
      )}
      {known === "away" && <p>Models and prices cannot be read now; the usual model is taken.</p>}
      {away && left === undefined && <p>What is left of today cannot be read now.</p>}
    </div>
  );
}
