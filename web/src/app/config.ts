/** Build settings: which door these pages use, and where the API is. */
export const door = import.meta.env.VITE_VESTIBULE_DOOR === "token" ? "token" : "cookie";
export const apiUrl = (import.meta.env.VITE_VESTIBULE_URL ?? "").replace(/\/$/, "");
