/** A quiet line while the backend is not reached. */
import { useConnection } from "firepod/react";
import { useEffect, useRef, useState } from "preact/hooks";

import { Icon } from "./icon.js";

const BACK_FOR_MS = 3000;

export function ConnectionLine() {
  const connected = useConnection();
  const wasLost = useRef(false);
  const [back, setBack] = useState(false);
  useEffect(() => {
    if (!connected) {
      wasLost.current = true;
      setBack(false);
      return;
    }
    if (!wasLost.current) return;
    wasLost.current = false;
    setBack(true);
    const over = setTimeout(() => setBack(false), BACK_FOR_MS);
    return () => clearTimeout(over);
  }, [connected]);
  return (
    <div class="connection" role="status" data-connected={connected}>
      {!connected && (
        <p>
          <Icon name="unplugged" />
          <span>
            {navigator.onLine ? "The connection is lost." : "You are offline."} What you see stays, and goes on by itself.
          </span>
        </p>
      )}
      {back && (
        <p>
          <Icon name="check" />
          <span>Connected again.</span>
        </p>
      )}
    </div>
  );
}
