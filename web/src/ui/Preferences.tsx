import { useState } from "react";
import { useTranslation } from "react-i18next";

import { chooseLanguage, LANGUAGES, type Language } from "../app/i18n";
import { chooseTheme, currentTheme, THEMES, type Theme } from "../app/theme";

const look =
  "min-h-8 cursor-pointer rounded-lg border border-transparent bg-transparent px-1.5 text-sm text-muted hover:border-border hover:text-foreground";

/** Menus for the language (each in its own name) and the appearance. */
export function Preferences() {
  const { t, i18n } = useTranslation();
  const [theme, setTheme] = useState(currentTheme);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <select
        aria-label={t("common.language")}
        value={i18n.language}
        onChange={(event) => void chooseLanguage(event.target.value as Language)}
        className={look}
      >
        {Object.entries(LANGUAGES).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label={t("common.theme")}
        value={theme}
        onChange={(event) => {
          chooseTheme(event.target.value as Theme);
          setTheme(event.target.value as Theme);
        }}
        className={look}
      >
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {t(`common.themes.${name}`)}
          </option>
        ))}
      </select>
    </div>
  );
}
