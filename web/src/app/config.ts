/** Build settings: which door these pages use, and where the API is. */
export const door = import.meta.env.VITE_VESTIBULE_DOOR === "token" ? "token" : "cookie";
/** The path below which the server has all of this, when it shares a host with an application. */
export const base = document.documentElement.dataset.base ?? "";
export const apiUrl = (import.meta.env.VITE_VESTIBULE_URL ?? base).replace(/\/$/, "");
