import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

/** Save the files of a completed generation to `folder` and return their paths. */
export async function download({ file_uid, generation_data }, folder) {
  const { video_url, image_urls } = generation_data;
  const urls = video_url ? [video_url] : image_urls;
  const extension = video_url ? "mp4" : "png";
  await mkdir(folder, { recursive: true });
  return Promise.all(
    urls.map(async (url, index) => {
      const response = await fetch(url);
      if (!response.ok) {
        throw new Error(`${url} answers ${response.status}`);
      }
      const number = urls.length > 1 ? `_${index}` : "";
      const file = path.join(folder, `${file_uid}${number}.${extension}`);
      await writeFile(file, Buffer.from(await response.arrayBuffer()));
      return file;
    }),
  );
}
