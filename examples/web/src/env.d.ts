interface ImportMetaEnv {
  readonly VITE_FIREBASE_CONFIG?: string;
  readonly VITE_FIREPOD_REGION?: string;
  readonly VITE_FIREPOD_API_URL?: string;
  readonly VITE_PORT_OFFSET?: string;
}
