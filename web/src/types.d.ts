export type * from "../../clients/js/src/types.js";
