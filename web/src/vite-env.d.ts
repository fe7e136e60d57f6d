/// <reference types="vite/client" />

interface ImportMetaEnv {
  /** `cookie` (default): pages on the same site. `token`: pages on another origin. */
  readonly VITE_VESTIBULE_DOOR?: "cookie" | "token";
  /** Where the API is; default: where the pages come from. */
  readonly VITE_VESTIBULE_URL?: string;
}
