/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** `cookie` (default): pages on the same site. `token`: pages on another origin. */
  readonly VITE_VESTIBULE_SESSION_TYPE?: "cookie" | "token";
  /** The address of the API; by default the pages' own origin. */
  readonly VITE_VESTIBULE_URL?: string;
}
