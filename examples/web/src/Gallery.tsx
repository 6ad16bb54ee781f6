import { type Generation, hasEnded, outputsOf, pathOf } from "firepod";
import { useGenerations } from "firepod/react";
import { useState } from "react";

interface Props {
  shown: string | undefined;
  onShow: (path: string) => void;
}

export function Gallery({ shown, onShow }: Props) {
  const { generations, loading, error, hasOlder, loadOlder } = useGenerations({ mediaTypes: ["images"], pageSize: 12 });
  const [asking, setAsking] = useState(false);
  const older = async () => {
    setAsking(true);
    await loadOlder();
    setAsking(false);
  };
  return (
    <section aria-labelledby="yours">
      <h2 id="yours">Yours</h2>
      {error && <p role="alert">{error.message}</p>}
      {!loading && !error && generations.length === 0 && <p>Nothing yet. The first picture appears here.</p>}
      <ul className="gallery">
        {generations.map((generation) => (
          <li key={generation.file_uid}>
            <button type="button" aria-pressed={pathOf(generation) === shown} onClick={() => onShow(pathOf(generation))}>
              <Tile generation={generation} />
            </button>
          </li>
        ))}
      </ul>
      {hasOlder && (
        <button type="button" disabled={asking} onClick={older}>
          {asking ? "Loading …" : "Older"}
        </button>
      )}
    </section>
  );
}

function Tile({ generation }: { generation: Generation }) {
  const { status, preview, progress } = generation;
  const [picture] = outputsOf(generation);
  const look = picture?.thumb_url ?? picture?.url ?? preview;
  return (
    <>
      {look && <img src={look} alt={promptOf(generation)} loading="lazy" className={picture ? "" : "preview"} />}
      {!look && <span className="prompt">{promptOf(generation)}</span>}
      {status !== "completed" && (
        <span className="badge">{hasEnded(status) ? status : progress === undefined ? "waiting" : `${Math.round(progress * 100)} %`}</span>
      )}
    </>
  );
}

export function promptOf({ request_data }: Generation): string {
  return typeof request_data.prompt === "string" ? request_data.prompt : "";
}
