/** @import { User } from "firebase/auth" */
/** @import { TaskType } from "./types" */

/** @typedef {{id: string, tasks: TaskType[]}} Model */

/**
 * What generations can be made with; nothing where that cannot be had, as the default then makes them.
 *
 * @param {User} user
 * @returns {Promise<Model[]>}
 */
export async function readModels(user) {
  try {
    const headers = { Authorization: `Bearer ${await user.getIdToken()}` };
    const response = await fetch("/api/models", { headers });
    return response.ok ? (await response.json()).models : [];
  } catch {
    return [];
  }
}
