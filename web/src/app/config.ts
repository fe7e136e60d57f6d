/** Build settings: which type of session these pages use, and where the API is. */
export const sessionType = import.meta.env.VITE_VESTIBULE_SESSION_TYPE === "token" ? "token" : "cookie";
/** The path under which the server serves the pages and the API, when it shares a host with an application. */
export const base = document.documentElement.dataset.base ?? "";
export const apiUrl = (import.meta.env.VITE_VESTIBULE_URL ?? base).replace(/\/$/, "");
