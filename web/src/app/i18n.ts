/** The texts of the pages. English is bundled; other languages and the account pages' texts are loaded on demand. */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import en from "./locales/en.json";

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = "vestibule.language";
const loaders: Record<Exclude<Language, "en">, () => Promise<{ default: object }>> = {
  de: () => import("./locales/de.json"),
};

const accountTexts: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import("./locales/account/en.json"),
  de: () => import("./locales/account/de.json"),
};
let onAccountPages = false;

function isLanguage(tag: string | null | undefined): tag is Language {
  return tag !== null && tag !== undefined && tag in LANGUAGES;
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

/** The language to use: by `ui_locales` in the address, the stored choice, then the browser's languages. */
function preferred(): Language {
  const requested = new URLSearchParams(location.search).get("ui_locales")?.split(" ") ?? [];
  const candidates = [...requested, stored(), ...navigator.languages];
  return candidates.map((tag) => tag?.split("-")[0]).find(isLanguage) ?? "en";
}

async function textsOf(language: Language): Promise<object> {
  return (await accountTexts[language]()).default;
}

async function load(language: Language): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "translation")) {
    i18next.addResourceBundle(language, "translation", (await loaders[language]()).default);
  }
  if (onAccountPages) i18next.addResourceBundle(language, "translation", await textsOf(language), true);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function chooseLanguage(language: Language): Promise<void> {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // Storage is blocked: the choice is lost with the page.
  }
  await load(language);
}

export async function startTexts(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
  });
  await load(preferred());
}

/** Load the texts of the account pages, in this language, and from now on in every language that is chosen. */
export async function loadAccountTexts(): Promise<void> {
  if (onAccountPages) return;
  onAccountPages = true;
  await load(i18next.language as Language);
}

export default i18next;
