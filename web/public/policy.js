// The page's Content-Security-Policy: scripts and styles are this site's own, data and media come
// from Google. On this machine they come from the emulators, too, whatever their ports are; a
// deployed site names no local address. What no page of the site may do stands in firebase.json.
{
  const emulated = ["127.0.0.1", "localhost"].includes(location.hostname);
  const here = emulated ? " http://127.0.0.1:* http://localhost:*" : "";
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = [
    "default-src 'self'",
    `connect-src 'self' https://*.googleapis.com https://*.cloudfunctions.net${here}`,
    `img-src 'self' blob: data: https:${here}`,
    `media-src 'self' blob: https:${here}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join("; ");
  document.head.append(policy);
}
