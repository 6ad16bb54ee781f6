import { render } from "preact";

import { App } from "./app.js";
import { connect } from "./backend.js";
import { keepFocus } from "./ui/focus.js";

const page = document.getElementById("page")!;
keepFocus();
try {
  render(<App backend={await connect()} />, page);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  render(
    <main class="welcome">
      <div>
        <h1>No backend</h1>
        <p class="lead" role="alert">
          {reason}
        </p>
      </div>
    </main>,
    page,
  );
}
