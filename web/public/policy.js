// The page's Content-Security-Policy: scripts and styles are this site's own, data and media come
// from Google. On this machine they come from the emulators, too, whatever their ports are; a
// deployed site names no local address. Google's reCAPTCHA comes in only where the page names a key
// for App Check. What no page of the site may do stands in firebase.json.
{
  const emulated = ["127.0.0.1", "localhost"].includes(location.hostname);
  const here = emulated ? " http://127.0.0.1:* http://localhost:*" : "";
  const attests = document.querySelector('meta[name="firepod-recaptcha-key"]')?.content;
  const google = "https://www.google.com/recaptcha/";
  const recaptcha = attests ? ` ${google} https://www.gstatic.com/recaptcha/` : "";
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = [
    "default-src 'self'",
    `script-src 'self'${recaptcha}`,
    `frame-src ${attests ? google : "'none'"}`,
    `connect-src 'self' https://*.googleapis.com https://*.cloudfunctions.net${attests ? ` ${google}` : ""}${here}`,
    `img-src 'self' blob: data: https:${here}`,
    `media-src 'self' blob: https:${here}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join("; ");
  document.head.append(policy);
}
