declare const process: {
  readonly env: {
    readonly EXPO_PUBLIC_FIREBASE_CONFIG?: string;
    readonly EXPO_PUBLIC_FIREPOD_REGION?: string;
    readonly EXPO_PUBLIC_FIREPOD_API_URL?: string;
    readonly EXPO_PUBLIC_PORT_OFFSET?: string;
  };
};
