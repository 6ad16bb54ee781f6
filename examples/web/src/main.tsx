import { FirepodProvider } from "firepod/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { firepod } from "./backend";
import "./style.css";

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <FirepodProvider firepod={firepod}>
      <App />
    </FirepodProvider>
  </StrictMode>,
);
