// The server beside the SDK: another client that writes as administrator, and its rules.

export class Emulator {
  constructor(origin, project) {
    this.origin = origin;
    this.project = project;
  }

  async #call(method, path, body, headers = {}) {
    const init = { method, headers, body: body === undefined ? undefined : JSON.stringify(body) };
    const response = await fetch(this.origin + path, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  }

  #document(path) {
    return `/v1/projects/${this.project}/databases/(default)/documents/${path}`;
  }

  // Sets a document; its values are integers or strings.
  set(path, data) {
    const value = (each) =>
      typeof each === "number" ? { integerValue: `${each}` } : { stringValue: each };
    const fields = Object.fromEntries(Object.entries(data).map(([key, each]) => [key, value(each)]));
    return this.#call("PATCH", this.#document(path), { fields }, { Authorization: "Bearer owner" });
  }

  delete(path) {
    return this.#call("DELETE", this.#document(path), undefined, { Authorization: "Bearer owner" });
  }

  clear() {
    const path = `/emulator/v1/projects/${this.project}/databases/(default)/documents`;
    return this.#call("DELETE", path);
  }

  // Takes the body of `match /databases/{database}/documents`.
  rules(body) {
    const content = `rules_version = '2';
service cloud.firestore { match /databases/{database}/documents { ${body} } }`;
    return this.#call("PUT", `/emulator/v1/projects/${this.project}:securityRules`, {
      rules: { files: [{ content }] },
    });
  }
}
