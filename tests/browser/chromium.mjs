// Unpacks the Chromium of @sparticuz/chromium with its libraries into $TMPDIR, without root;
// prints {"path", "environment"}.

// The package unpacks the libraries only where it believes to be in a function of this runtime.
process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
const { default: chromium } = await import("@sparticuz/chromium");
chromium.setGraphicsMode = false;
const path = await chromium.executablePath();
const { LD_LIBRARY_PATH, FONTCONFIG_PATH } = process.env;
process.stdout.write(JSON.stringify({ path, environment: { LD_LIBRARY_PATH, FONTCONFIG_PATH } }));
